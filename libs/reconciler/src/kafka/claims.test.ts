import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Claims } from './claims.ts';

test('the first claimant has a value, and whoever came next gets it when it lets go', () => {
  const claims = new Claims();
  assert.deepEqual(claims.set('a', 1, ['x', 'y']), new Set());
  assert.deepEqual(claims.set('b', 1, ['x']), new Set());
  assert.deepEqual([claims.ownerOf('x'), claims.ownerOf('y')], ['a', 'a']);
  assert.deepEqual(claims.set('a', 1, ['y']), new Set(['b']));
  assert.deepEqual([claims.ownerOf('x'), claims.ownerOf('y')], ['b', 'a']);
  claims.set('a', 1, []);
  claims.set('b', 1, []);
  assert.deepEqual([claims.ownerOf('x'), claims.ownerOf('y')], [undefined, undefined]);
});

test('a lesser rank takes a value from whoever has it', () => {
  const claims = new Claims();
  claims.set('a', 1, ['x']);
  assert.deepEqual(claims.set('b', 0, ['x']), new Set(['a']));
  assert.equal(claims.ownerOf('x'), 'b');
  assert.deepEqual(claims.set('b', 2, ['x']), new Set(['a']));
  assert.equal(claims.ownerOf('x'), 'a');
});

test('claiming the same again changes nothing', () => {
  const claims = new Claims();
  claims.set('a', 1, ['x']);
  claims.set('b', 1, ['x']);
  assert.deepEqual(claims.set('a', 1, ['x']), new Set());
  assert.equal(claims.ownerOf('x'), 'a');
});
