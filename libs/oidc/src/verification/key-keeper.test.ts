import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@eventing-kafka/logging';
import type { IssuerKeys } from './issuer-documents.ts';
import { defaultKeyTimes, KeyKeeper } from './key-keeper.ts';

test('a keeper that is stopped during its first load and started again loads at once', async () => {
  const keys: IssuerKeys = {
    issuer: 'i',
    source: '{}',
    count: 1,
    find: () => Promise.reject(new Error('nobody asks')),
  };
  let loads = 0;
  const changed = Promise.withResolvers<undefined>();
  await using keeper = new KeyKeeper({
    load: (signal) => {
      loads += 1;
      if (loads > 1) return Promise.resolve(keys);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('broken off')));
      });
    },
    times: defaultKeyTimes,
    logger: silentLogger,
    now: () => performance.now(),
    onChange: () => changed.resolve(undefined),
  });
  keeper.start();
  void keeper.stop();
  keeper.start();
  await changed.promise;
  assert.equal(keeper.keys, keys);
});
