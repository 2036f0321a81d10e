import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backoffMs } from './backoff.ts';

const bounds = { firstMs: 200, mostMs: 10_000 };

test('waits double up to a bound', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 1_000, 1e9].map((attempt) => backoffMs(attempt, bounds, () => 0));
  assert.deepEqual(waits, [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000, 10_000, 10_000]);
});

test('jitter takes away up to half', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
      const full = backoffMs(attempt, bounds, () => 0);
      const wait = backoffMs(attempt, bounds, () => random);
      assert.ok(wait > full / 2 && wait <= full);
    }),
  );
});
