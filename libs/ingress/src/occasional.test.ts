import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Occasional } from './occasional.ts';

test('lets one through for each key and interval, and tells how many it held', () => {
  let now = 0;
  const occasional = new Occasional(100, () => now);
  assert.equal(occasional.pass('a'), 0);
  assert.equal(occasional.pass('a'), undefined);
  assert.equal(occasional.pass('b'), 0);
  assert.equal(occasional.pass('a'), undefined);
  now = 100;
  assert.equal(occasional.pass('a'), 2);
  assert.equal(occasional.pass('a'), undefined);
});
