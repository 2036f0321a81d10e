import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyedLock } from './keyed-lock.ts';

test('work on one key is done one after the other, also after a failure, and holds back no other key', async () => {
  const lock = new KeyedLock();
  const seen: string[] = [];
  const held = Promise.withResolvers<undefined>();
  const first = lock.run('a', async () => {
    await held.promise;
    seen.push('first');
    throw new Error('no');
  });
  const second = lock.run('a', () => Promise.resolve(seen.push('second')));
  await lock.run('b', () => Promise.resolve(seen.push('other')));
  assert.deepEqual(seen, ['other']);
  held.resolve(undefined);
  await assert.rejects(first, /no/);
  await second;
  assert.deepEqual(seen, ['other', 'first', 'second']);
});
