import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { decodeHeaderText, encodeHeaderText } from './header-text.ts';

const rules = { strayPercent: false, uri: false };

suite('header text (CloudEvents HTTP binding 3.1.3.2)', () => {
  test('encodes space, quote, percent and everything outside printable ASCII, in upper case', () => {
    assert.equal(encodeHeaderText('Euro € 😀'), 'Euro%20%E2%82%AC%20%F0%9F%98%80');
    assert.equal(encodeHeaderText('"%\u0000\n\t\u007f\u0080'), '%22%25%00%0A%09%7F%C2%80');
    const printable = String.fromCharCode(...Array.from({ length: 94 }, (_, at) => at + 0x21)).replace(/["%]/g, '');
    assert.equal(encodeHeaderText(printable), printable);
    assert.equal(encodeHeaderText('\ud800'), '%EF%BF%BD', 'a lone surrogate is replaced');
  });

  test('unquotes a value that is one quoted string', () => {
    for (const [raw, text] of [
      ['"a b"', 'a b'],
      ['"a \\"b\\" \\\\ %20"', 'a "b" \\  '],
      ['""', ''],
      ['"a" b', '"a" b'],
      ['a "b"', 'a "b"'],
      ['"a', '"a'],
      ['"a\\"', '"a\\"'],
      ['"', '"'],
      ['"a" "b"', '"a" "b"'],
    ] as const) {
      assert.equal(decodeHeaderText(raw, rules), text, raw);
    }
  });

  test('accepts escapes that were not needed, and raw tabs and blanks', () => {
    assert.equal(decodeHeaderText('%61%2f b\tc', rules), 'a/ b\tc');
  });

  test('keeps a stray percent only where asked to', () => {
    assert.equal(typeof decodeHeaderText('50% off', rules), 'object');
    assert.equal(decodeHeaderText('50% off %41', { strayPercent: true, uri: false }), '50% off A');
  });

  test('decodes what it encodes, as text and as URI', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, uri) => {
        fc.pre(!text.includes('\0'));
        const encoded = encodeHeaderText(text);
        assert.match(encoded, /^[\x21-\x7e]*$/);
        assert.equal(decodeHeaderText(encoded, { strayPercent: false, uri }), text);
      }),
    );
  });

  test('decodes a megabyte of escapes without running out of stack', () => {
    const text = '%41%20'.repeat(200_000);
    assert.equal(decodeHeaderText(text, { strayPercent: false, uri: true }), '%41 '.repeat(200_000));
    assert.equal(decodeHeaderText(text, rules), 'A '.repeat(200_000));
  });
});
