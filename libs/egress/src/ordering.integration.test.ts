import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { broker, ContractDriver, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { each } from '../testing/ids.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { startTestKafka } from '../testing/test-kafka.ts';
import { until } from '../testing/until.ts';

const kafka = await startTestKafka();
const { producer } = kafka;
after(() => kafka[Symbol.asyncDispose]());

describe('order', { timeout: 120_000 }, () => {
  test('dispatcher 21 Q4 ordered: one at a time for each partition, in order, retries included, whatever the outcome', async () => {
    const topic = await kafka.freshTopic('ordered');
    const open = new Map<string, number>();
    let overlapped = false;
    const seen = new Map<string, number[]>();
    await using subscriber = await startSubscriber(async ({ headers, id, attempt }) => {
      const partition = String(headers['ce-knativekafkapartition']);
      open.set(partition, (open.get(partition) ?? 0) + 1);
      overlapped ||= open.get(partition) !== 1;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
      open.set(partition, 0);
      if (Number(id) % 10 === 0 && attempt === 1) return 500;
      seen.set(partition, [...(seen.get(partition) ?? []), Number(headers['ce-knativekafkaoffset'])]);
      return 204;
    });
    await using egresses = await kafka.startEgresses();
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-t`, subscriber.url, {
          deliveryOrder: 1,
          egressConfig: { retry: 1, backoffPolicy: 1, backoffDelay: 5n },
        }),
      ]),
    ]);
    await send(
      producer,
      topic,
      numbered(200, (index) => ({ partition: index % 4 })),
    );
    await until('all arrived', () => [...seen.values()].flat().length === 200);
    assert.equal(overlapped, false);
    for (const offsets of seen.values()) assert.deepEqual(offsets, each(50).map(Number));
  });

  test('dispatcher 21 Q6 a partition that is stuck holds back no other', async () => {
    const topic = await kafka.freshTopic('stuck');
    await using subscriber = await startSubscriber(({ headers }) =>
      headers['ce-knativekafkapartition'] === '0' ? 'never' : 204,
    );
    await using egresses = await kafka.startEgresses({ drainTimeoutMs: 100 });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url, { deliveryOrder: 1 })]),
    ]);
    await send(
      producer,
      topic,
      numbered(400, (index) => ({ partition: index % 4 })),
    );
    await until('the others are through', () => subscriber.requests.length === 301);
    assert.equal(subscriber.requests.filter(({ headers }) => headers['ce-knativekafkapartition'] === '0').length, 1);
  });

  test('key: records of a key one at a time and in order, keys beside each other', async () => {
    const topic = await kafka.freshTopic('keys');
    const open = new Set<string>();
    let overlapped = false;
    const seen = new Map<string, number[]>();
    await using subscriber = await startSubscriber(async ({ headers, id }) => {
      const key = String(headers['ce-partitionkey']);
      overlapped ||= open.has(key);
      open.add(key);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      open.delete(key);
      seen.set(key, [...(seen.get(key) ?? []), Number(id)]);
      return 204;
    });
    await using egresses = await kafka.startEgresses();
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url, { deliveryOrder: 2 })]),
    ]);
    await send(
      producer,
      topic,
      numbered(300, (index) => ({ key: `k${index % 7}`, extensions: { partitionkey: `k${index % 7}` } })),
    );
    await until('all arrived', () => [...seen.values()].flat().length === 300);
    assert.equal(overlapped, false);
    assert.ok(subscriber.mostOpen > 1, 'keys are delivered beside each other');
    for (const ids of seen.values())
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => a - b),
      );
  });

  test('dispatcher 21 Q5 unordered deliveries stay below the limit however slow the subscriber is, and nothing more is read (differs: the limit is that of the egress, not twice a batch less one)', async () => {
    const topic = await kafka.freshTopic('limit');
    await using subscriber = await startSubscriber(() => 'never');
    await using egresses = await kafka.startEgresses({ limits: { maxInFlight: 20 }, drainTimeoutMs: 100 });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)]),
    ]);
    await send(producer, topic, numbered(1_000));
    await until('the limit is reached', () => subscriber.open === 20);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(subscriber.mostOpen, 20);
  });
});
