import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedFinalizers } from './patch-finalizers.ts';

const deletionTimestamp = '2026-01-01T00:00:00Z';

for (const [name, metadata, change, expected] of [
  ['one is added behind those of others', { finalizers: ['a'] }, { add: 'b' }, ['a', 'b']],
  ['one is added where there is none', {}, { add: 'b' }, ['b']],
  ['one that is there is not added again', { finalizers: ['b'] }, { add: 'b' }, undefined],
  ['nothing is added to what is being deleted', { finalizers: ['a'], deletionTimestamp }, { add: 'b' }, undefined],
  ['one is removed and those of others stay', { finalizers: ['a', 'b', 'c'] }, { remove: 'b' }, ['a', 'c']],
  ['one that is not there cannot be removed', { finalizers: ['a'] }, { remove: 'b' }, undefined],
] as const) {
  test(`finalizers: ${name}`, () => assert.deepEqual(changedFinalizers(metadata, change), expected));
}
