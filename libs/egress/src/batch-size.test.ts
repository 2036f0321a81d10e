import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchSize } from './batch-size.ts';

test('grows by doubling up to the most records while they are small', () => {
  const size = new BatchSize(500, () => 1_000_000);
  const asked = [];
  for (let batch = 0; batch < 6; batch += 1) {
    asked.push(size.records);
    size.observed(size.records, size.records * 100);
  }
  assert.deepEqual(asked, [32, 64, 128, 256, 500, 500]);
});

test('shrinks at once to what fits when records turn out to be large, but not below one', () => {
  const size = new BatchSize(500, () => 1_000_000);
  size.observed(10, 2_500_000);
  assert.equal(size.records, 4);
  size.observed(1, 5_000_000);
  assert.equal(size.records, 1);
  size.observed(1, 100);
  assert.equal(size.records, 2);
});

test('learns nothing from an empty batch', () => {
  const size = new BatchSize(500, () => 1_000_000);
  size.observed(0, 0);
  assert.equal(size.records, 32);
});
