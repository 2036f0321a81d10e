import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterResult, untried } from './probing.ts';

const probe = { periodSeconds: 2, failureThreshold: 2 };
const results = (rows: readonly (readonly [succeeded: boolean, atMs: number])[], of: object = probe) =>
  rows.reduce((state, [succeeded, atMs]) => afterResult(state, succeeded, of, atMs), untried);

test('one success is enough unless told otherwise', () => {
  assert.equal(results([[true, 0]]).passing, true);
  assert.equal(results([[true, 0]], { successThreshold: 2 }).passing, false);
});

test('failures below the threshold leave a passing probe passing', () => {
  assert.equal(
    results([
      [true, 0],
      [false, 2000],
    ]).passing,
    true,
  );
});

test('failures in a row, a period apart, fail it', () => {
  const state = results([
    [true, 0],
    [false, 2000],
    [false, 4000],
  ]);
  assert.deepEqual([state.passing, state.failed], [false, true]);
});

test('failures within one period count once', () => {
  const state = results([
    [false, 0],
    [false, 200],
    [false, 400],
  ]);
  assert.equal(state.failed, false);
});
