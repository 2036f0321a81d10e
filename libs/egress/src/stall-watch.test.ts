import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StallWatch } from './stall-watch.ts';

const key = {};

test('who is behind and makes no step stalls, until the next step', () => {
  const watch = new StallWatch<object>(30_000);
  const at = (nowMs: number, step: number): boolean => watch.look(key, { isBehind: true, step, allowanceMs: 0 }, nowMs);
  assert.deepEqual(
    [at(0, 1), at(30_000, 1), at(30_001, 1), at(31_000, 2), at(32_000, 2)],
    [false, false, true, false, false],
  );
});

test('who has nothing to do does not stall, however long', () => {
  const watch = new StallWatch<object>(30_000);
  const at = (nowMs: number, isBehind: boolean): boolean =>
    watch.look(key, { isBehind, step: 1, allowanceMs: 0 }, nowMs);
  assert.deepEqual(
    [at(0, false), at(1_000_000, false), at(1_000_001, true), at(1_030_001, true)],
    [false, false, false, true],
  );
});

test('a request may take the time it has', () => {
  const watch = new StallWatch<object>(30_000);
  const at = (nowMs: number): boolean => watch.look(key, { isBehind: true, step: 1, allowanceMs: 600_000 }, nowMs);
  assert.deepEqual([at(0), at(600_000), at(630_001)], [false, false, true]);
});
