import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dataLines } from './data-lines.ts';
import { formatJson } from './format-json.ts';

test('lays JSON out as JSON.stringify does', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const value: unknown = JSON.parse(text);
      const expected = JSON.stringify(value, null, 2);
      const { lines, isCut } = formatJson(JSON.stringify(value), 100_000);
      assert.equal(isCut, false);
      assert.equal(lines.join('\n'), expected);
    }),
  );
});

test('shows at most 40 lines and says how large the whole is', () => {
  const data = Buffer.from(JSON.stringify(Array.from({ length: 1000 }, (_, index) => index)));
  const lines = dataLines(data, 'application/json');
  assert.equal(lines.length, 41);
  assert.equal(lines.at(-1), `… (the whole is ${data.length} bytes)`);
});

test('lays out deep and broken JSON without failing', () => {
  assert.equal(dataLines(Buffer.from('['.repeat(60_000)), 'application/json').length, 41);
  assert.deepEqual(dataLines(Buffer.from('}{"a'), 'application/json'), ['}{', '  "a']);
});

test('shows text as lines, long ones cut', () => {
  assert.deepEqual(dataLines(Buffer.from('one\r\ntwo\n'), 'text/plain'), ['one', 'two']);
  assert.equal(dataLines(Buffer.from('x'.repeat(500)), 'text/plain')[0]?.length, 161);
  const long = Buffer.from('é'.repeat(100_000));
  assert.match(dataLines(long, 'text/plain')[0] ?? '', /^é{160}…$/);
});

test('shows bytes that are no text as digits', () => {
  assert.deepEqual(dataLines(Buffer.from([0xff, 0x00, 0x10]), undefined), ['ff 00 10']);
  assert.deepEqual(dataLines(Buffer.from([0x61, 0x00]), 'text/plain'), ['61 00']);
});

test('any bytes become bounded lines', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 3000 }),
      fc.constantFrom('application/json', 'text/plain', undefined),
      (data, type) => {
        const lines = dataLines(Buffer.from(data), type);
        assert.ok(lines.length <= 41 && lines.every((line) => line.length <= 200));
      },
    ),
  );
});
