import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@eventing-kafka/logging';
import type { NativeConsumer } from './native-client.ts';
import { RecordPump } from './record-pump.ts';

test('a consumer that may not subscribe is closed again', async () => {
  let closed = 0;
  const handle = { subscribe: () => -186 } as unknown as NativeConsumer;
  const pump = new RecordPump('t', { failed: () => undefined }, silentLogger, () =>
    Promise.resolve({
      handle,
      close: () => {
        closed += 1;
        return Promise.resolve();
      },
    }),
  );
  await assert.rejects(pump.start({ client: {}, topic: {} }, true), { code: 'KAFKA_INVALID_CONFIG' });
  assert.equal(closed, 1);
});
