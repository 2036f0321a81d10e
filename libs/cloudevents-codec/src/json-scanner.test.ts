import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { compactJson, describeJsonFailure, endOfJsonValue, maxJsonDepth } from './json-scanner.ts';
import { isJsonText } from './json-text.ts';

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Text made of the characters that matter to JSON, so that it is often nearly valid. */
const jsonLike = fc.string({
  unit: fc.constantFrom(
    ...Array.from('{}[]":,\\/ \n-+.019eEu'),
    'true',
    'false',
    'null',
    '"a"',
    '\\u00e9',
    '\\ud800',
    'é',
    '\u0001',
    '\u007f',
    '1.5',
  ),
  maxLength: 12,
});

suite('JSON scanner', () => {
  test('agrees with JSON.parse on what is JSON', () => {
    fc.assert(
      fc.property(fc.oneof(jsonLike, fc.json(), fc.string()), (text) => {
        assert.equal(isJsonText(Buffer.from(text), maxJsonDepth), parses(Buffer.from(text).toString()), text);
      }),
      { numRuns: 20_000 },
    );
  });

  test('agrees with JSON.parse after one character of valid JSON was changed', () => {
    fc.assert(
      fc.property(
        fc.json(),
        fc.nat(),
        fc.constantFrom(...Array.from('{}[]":,\\ -.0e\u0000')),
        (json, at, character) => {
          const text = json.slice(0, at % json.length) + character + json.slice((at % json.length) + 1);
          assert.equal(isJsonText(Buffer.from(text), maxJsonDepth), parses(Buffer.from(text).toString()), text);
        },
      ),
      { numRuns: 5_000 },
    );
  });

  test('finds the end of a value whatever follows it', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('', ' ', ',', '}', ']', '"'), (json, rest) => {
        // A number may go on, everything else ends where it ends.
        assert.equal(endOfJsonValue(Buffer.from(json + rest), 0), Buffer.byteLength(json));
      }),
    );
  });

  test('takes out the blanks between tokens and nothing else', () => {
    const json = ' { "a b" : [ 1.10 ,\n"\\" c" , { } ] , "é" : null } ';
    assert.equal(compactJson(Buffer.from(json), 0, Buffer.byteLength(json)), '{"a b":[1.10,"\\" c",{}],"é":null}');
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const spaced = Buffer.from(JSON.stringify(value, null, 3));
        assert.equal(compactJson(spaced, 0, spaced.length), JSON.stringify(value));
      }),
    );
  });

  test('refuses more than 1000 levels, and more than a million of them without running out of stack', () => {
    const nested = (levels: number): Buffer => Buffer.from('['.repeat(levels) + ']'.repeat(levels));
    assert.equal(isJsonText(nested(1000), maxJsonDepth), true);
    assert.equal(isJsonText(nested(1001), maxJsonDepth), false);
    assert.match(describeJsonFailure(nested(1001), endOfJsonValue(nested(1001), 0)), /deeper than 1000 levels/);
    assert.equal(isJsonText(Buffer.from('{"a":'.repeat(2_000_000)), maxJsonDepth), false);
  });

  test('says where JSON breaks', () => {
    const describe = (text: string): string =>
      describeJsonFailure(Buffer.from(text), endOfJsonValue(Buffer.from(text), 0));
    assert.equal(describe('{"a":x}'), "unexpected 'x' at byte 5");
    assert.equal(describe('["a\n"]'), 'unexpected byte 0x0a at byte 3');
    assert.equal(describe('["\\q"]'), "unexpected 'q' at byte 3");
    assert.equal(describe('["\\u12x4"]'), "unexpected 'x' at byte 6");
    assert.equal(describe('{"a":1'), 'it ends too early, at byte 6');
    assert.equal(describe('"\\u12'), 'it ends too early, at byte 5');
    assert.equal(describe('{"a" 1}'), "unexpected '1' at byte 5");
    assert.equal(describe('[1,]'), "unexpected ']' at byte 3");
    assert.equal(describe('1'.repeat(1001)), 'it holds a number of more than 1000 digits');
  });
});
