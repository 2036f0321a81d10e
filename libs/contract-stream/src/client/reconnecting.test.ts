import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { reconnectMs } from './reconnecting.ts';

const anyRandom = fc.double({ min: 0, max: 0.999_999, noNaN: true });
const longest = (attempt: number, goneMs: number, isRefused = false): number =>
  Math.round(reconnectMs(attempt, goneMs, isRefused, () => 0.999_999));

test('a controller gone for less than a minute is looked for at least every two seconds', () => {
  const waits = [1, 2, 3, 4, 5, 6, 1_000, 1e9].map((attempt) => longest(attempt, 59_999));
  assert.deepEqual(waits, [200, 400, 800, 1_600, 2_000, 2_000, 2_000, 2_000]);
});

test('one gone for longer, or whose push was refused, at least every ten', () => {
  assert.deepEqual([longest(5, 60_000), longest(7, 60_000), longest(1e9, 1e9)], [3_200, 10_000, 10_000]);
  assert.deepEqual([longest(1, 0, true), longest(7, 0, true)], [200, 10_000]);
});

test('no wait is shorter than 50 ms', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.nat(),
      fc.boolean(),
      anyRandom,
      (attempt, goneMs, refused, random) => {
        assert.ok(reconnectMs(attempt, goneMs, refused, () => random) >= 50);
      },
    ),
  );
});

test('thousands that lost the same controller come back evenly over the whole range', () => {
  const waits = Array.from({ length: 2_000 }, (_, index) => reconnectMs(9, 30_000, false, () => index / 2_000));
  const perTenth = Map.groupBy(waits, (wait) => Math.floor((wait - 50) / 195));
  assert.deepEqual(
    [...perTenth.values()].map(({ length }) => length),
    Array.from({ length: 10 }, () => 200),
  );
});
