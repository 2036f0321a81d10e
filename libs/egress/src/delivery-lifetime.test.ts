import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryLifetime } from './delivery-lifetime.ts';

test('a sleeper wakes by itself while the lifetime goes on', async () => {
  assert.equal(await new DeliveryLifetime().sleep(1), true);
});

test('the end wakes sleepers at once and lets requests go on', async () => {
  const lifetime = new DeliveryLifetime();
  const sleeping = lifetime.sleep(1_000_000);
  lifetime.end();
  assert.equal(await sleeping, false);
  assert.equal(await lifetime.sleep(1_000_000), false);
  assert.equal(lifetime.signal.aborted, false);
  lifetime.abort();
  assert.equal(lifetime.signal.aborted, true);
});
