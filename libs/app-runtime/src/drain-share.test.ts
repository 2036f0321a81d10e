import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drainShareMs } from './drain-share.ts';

test('keeps a part of the drain time for closing, and never more than half', () => {
  assert.equal(drainShareMs(25_000), 22_000);
  assert.equal(drainShareMs(25_000, 400), 24_600);
  assert.equal(drainShareMs(5_001), 2_500);
  assert.equal(drainShareMs(0), 0);
});
