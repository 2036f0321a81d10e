import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from './backoff.ts';

test('a wait doubles up to its bound, and jitter takes at most half of it', () => {
  const bounds = { firstMs: 200, mostMs: 5_000 };
  assert.deepEqual(
    [1, 2, 3, 6, 60].map((attempt) => backoffMs(attempt, bounds, () => 0)),
    [200, 400, 800, 5_000, 5_000],
  );
  assert.equal(
    backoffMs(6, bounds, () => 1),
    2_500,
  );
});
