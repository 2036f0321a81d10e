import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatBytes, formatDurationMs, parseBytes, parseDurationMs } from './units.ts';

test('a written duration reads back as itself', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 1e12 }),
      (milliseconds) => parseDurationMs(formatDurationMs(milliseconds)) === milliseconds,
    ),
  );
  assert.equal(formatDurationMs(90_500), '1m30s500ms');
});

test('a written size reads back as itself', () => {
  fc.assert(fc.property(fc.nat({ max: 2 ** 40 }), (bytes) => parseBytes(formatBytes(bytes)) === bytes));
  assert.equal(formatBytes(1_048_576), '1MiB');
});

test('what is neither is undefined, never another number', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const duration = parseDurationMs(text);
      const bytes = parseBytes(text);
      assert.ok(duration === undefined || (Number.isSafeInteger(duration) && duration >= 0));
      assert.ok(bytes === undefined || (Number.isSafeInteger(bytes) && bytes >= 0));
    }),
  );
});
