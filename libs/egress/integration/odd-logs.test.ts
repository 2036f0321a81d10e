/** What may happen to a topic and to the offsets of a group while we read, on a real Kafka. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { InitialOffset, type EgressRuntimeState } from '@eventing-kafka/contract';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { addPartitions, deleteRecords, sendInTransaction } from '@eventing-kafka/kafka-client/testing';
import { startLocalKafka } from '@eventing-kafka/local-kafka';
import { silentLogger } from '@eventing-kafka/logging';
import { createNoopMeter } from '@opentelemetry/api';
import { startEgresses, type Egresses, type EgressesOptions } from '../src/index.ts';
import { broker, ContractDriver, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { startSubscriber, type Subscriber } from '../testing/subscriber.ts';
import { until } from '../testing/until.ts';

const kafka = await startLocalKafka();
const clients = createKafkaClients();
const { bootstrapServers } = kafka;
const admin = await clients.topics({ bootstrapServers });
const store = await clients.offsets({ bootstrapServers });
const producer = await clients.producer({ bootstrapServers });
after(async () => {
  await producer[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
  await clients[Symbol.asyncDispose]();
  await kafka[Symbol.asyncDispose]();
});

const create = (topic: string, partitions = 1): Promise<unknown> =>
  admin.create({ name: topic, partitions, replicationFactor: 1 });

const start = (options: Partial<EgressesOptions> = {}): Promise<Egresses> =>
  startEgresses({ kafka: clients, logger: silentLogger, meter: createNoopMeter(), ...options });

const serve = (egresses: Egresses, topic: string, subscriber: Subscriber, more: Parameters<typeof trigger>[2] = {}) =>
  new ContractDriver(egresses).serve([broker(bootstrapServers, topic, [trigger(topic, subscriber.url, more)])]);

const write = (topic: string, count: number, prefix: string, partition = 0): Promise<void> =>
  send(
    producer,
    topic,
    numbered(count, () => ({ partition }), prefix),
  );

const committed = async (topic: string, partition = 0): Promise<number | undefined> =>
  (await store.fetch([{ groupId: `knative-trigger-ns-${topic}`, topic, partitions: [partition] }]))[0]?.offset;

const idsOf = (subscriber: Subscriber, prefix: string): string[] =>
  subscriber.ids
    .filter((id) => id.startsWith(prefix))
    .toSorted((a, b) => a.localeCompare(b, undefined, { numeric: true }));

const expected = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** Deletes a topic and makes it again; a producer that knew the old one has to learn of the new one. */
async function remake(topic: string): Promise<void> {
  const before = (await admin.describe(topic))?.id;
  await admin.delete(topic);
  await until('it is gone', async () => (await admin.describe(topic)) === undefined);
  await create(topic);
  assert.notEqual((await admin.describe(topic))?.id, before);
}

describe('a topic that is deleted and made again', { timeout: 120_000 }, () => {
  test('while it is read, and grown past what was read before: is delivered from its first record', async () => {
    const topic = 'remade-live';
    await create(topic);
    await using subscriber = await startSubscriber();
    await using egresses = await start({ limits: { lagIntervalMs: 1_000 } });
    await serve(egresses, topic, subscriber, { initialOffset: InitialOffset.LATEST });
    await write(topic, 20, 'old-');
    await until('the old ones are committed', async () => (await committed(topic)) === 20);
    await remake(topic);
    await write(topic, 50, 'new-');
    await until(
      'all new ones arrived',
      () => new Set(idsOf(subscriber, 'new-')).size === 50,
      () => idsOf(subscriber, 'new-').length,
    );
    await until('and are committed', async () => (await committed(topic)) === 50);
    await write(topic, 5, 'more-');
    await until('it goes on', () => idsOf(subscriber, 'more-').length === 5);
  });

  test('while no dispatcher runs, and grown past what was committed: is delivered from its first record', async () => {
    const topic = 'remade-away';
    await create(topic);
    await using subscriber = await startSubscriber();
    {
      await using egresses = await start();
      await serve(egresses, topic, subscriber);
      await write(topic, 20, 'old-');
      await until('the old ones are committed', async () => (await committed(topic)) === 20);
    }
    await remake(topic);
    await write(topic, 50, 'new-');
    await using again = await start();
    await serve(again, topic, subscriber);
    await until(
      'all new ones arrived',
      () => idsOf(subscriber, 'new-').length === 50,
      () => idsOf(subscriber, 'new-').length,
    );
    assert.deepEqual(idsOf(subscriber, 'new-'), expected(50, 'new-'));
  });
});

test('partitions that are added while it is read are read from their first record', { timeout: 60_000 }, async () => {
  const topic = 'grown';
  await create(topic, 2);
  await using subscriber = await startSubscriber();
  await using egresses = await start();
  await serve(egresses, topic, subscriber, { initialOffset: InitialOffset.LATEST });
  await write(topic, 5, 'before-');
  await addPartitions(bootstrapServers, topic, 4);
  await until('there are four', async () => (await admin.describe(topic))?.partitions === 4);
  await until('they take records', async () =>
    write(topic, 10, 'third-', 3).then(
      () => true,
      () => false,
    ),
  );
  await until(
    'what was written to a new partition before we knew of it arrived',
    () => idsOf(subscriber, 'third-').length >= 10,
  );
  assert.deepEqual([...new Set(idsOf(subscriber, 'third-'))], expected(10, 'third-'));
});

test('offsets that retention passed: goes on at the first record there is', { timeout: 60_000 }, async () => {
  const topic = 'passed';
  await admin.create({
    name: topic,
    partitions: 1,
    replicationFactor: 1,
    config: { 'segment.bytes': '1048576', 'retention.bytes': '1048576', 'file.delete.delay.ms': '100' },
  });
  await using subscriber = await startSubscriber();
  {
    await using egresses = await start();
    await serve(egresses, topic, subscriber);
    await write(topic, 1, 'first-');
    await until('it is committed', async () => (await committed(topic)) === 1);
  }
  const large = numbered(200, () => ({ partition: 0, data: 'x'.repeat(50_000) }), 'large-');
  await send(producer, topic, large);
  // An operator's `kafka-delete-records` does what retention does, without waiting for it.
  await deleteRecords(bootstrapServers, topic, 0, 150);
  await using again = await start();
  await serve(again, topic, subscriber);
  await until('what is left arrived', () => idsOf(subscriber, 'large-').length >= 51);
  assert.deepEqual(
    idsOf(subscriber, 'large-'),
    large.slice(149).map(({ id }) => id),
  );
});

describe('a group that an operator moves while it is at work', { timeout: 60_000 }, () => {
  const moveTo = (topic: string, offset: number) =>
    store.commit([{ groupId: `knative-trigger-ns-${topic}`, topic, partition: 0, offset, metadata: '' }]);

  test('back, with nothing to do: delivers again from there', async () => {
    const topic = 'moved-back';
    await create(topic);
    await using subscriber = await startSubscriber();
    await using egresses = await start();
    await serve(egresses, topic, subscriber);
    await write(topic, 10, 'a-');
    await until('all are committed', async () => (await committed(topic)) === 10);
    await moveTo(topic, 4);
    await until('those from there came again', () => subscriber.ids.length === 16);
    assert.deepEqual(subscriber.ids.slice(10), ['a-4', 'a-5', 'a-6', 'a-7', 'a-8', 'a-9']);
    await until('all are committed again', async () => (await committed(topic)) === 10);
  });

  test('on, while a delivery hangs: leaves out what is before', async () => {
    const topic = 'moved-on';
    await create(topic);
    await using subscriber = await startSubscriber(({ id }) => (id === 'a-0' ? 'never' : 204));
    await using egresses = await start();
    await serve(egresses, topic, subscriber, { deliveryOrder: 1 });
    await write(topic, 10, 'a-');
    await until('the first hangs', () => subscriber.ids.length === 1);
    await moveTo(topic, 8);
    await until('those from there came', () => subscriber.ids.length === 3);
    assert.deepEqual(subscriber.ids, ['a-0', 'a-8', 'a-9']);
    await until('they are committed', async () => (await committed(topic)) === 10);
  });

  test('back, while it delivers and commits all the time: is heeded too', async () => {
    const topic = 'moved-busy';
    await create(topic);
    await using subscriber = await startSubscriber();
    await using egresses = await start({ limits: { commitIntervalMs: 100 } });
    await serve(egresses, topic, subscriber);
    await write(topic, 1, 'first-');
    const stop = new AbortController();
    let sent = 0;
    const sending = (async () => {
      for (; !stop.signal.aborted; sent += 1) {
        await write(topic, 1, `b-${sent}-`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    await until('it commits', async () => ((await committed(topic)) ?? 0) > 100);
    await moveTo(topic, 0);
    await until('the first came again', () => idsOf(subscriber, 'first-').length === 2);
    stop.abort();
    await sending;
    await until('it is committed to the end', async () => (await committed(topic)) === sent + 1);
  });
});

test('markers of transactions at the end of a log are no lag', { timeout: 60_000 }, async () => {
  const topic = 'markers';
  await create(topic);
  await using subscriber = await startSubscriber();
  let state: EgressRuntimeState | undefined;
  await using egresses = await start({
    limits: { lagIntervalMs: 200, stateIntervalMs: 50, filteredCommitIntervalMs: 200 },
    onState: (states) => (state = states.at(-1)),
  });
  await serve(egresses, topic, subscriber);
  const headers = { ce_specversion: '1.0', ce_id: 'in-transaction', ce_source: '/', ce_type: 'test' };
  await sendInTransaction(bootstrapServers, topic, [{ partition: 0, value: Buffer.from('{}'), headers }]);
  await until('it arrived', () => subscriber.ids.length === 1);
  await until('the marker after it is committed', async () => (await committed(topic)) === 2);
  await until(
    'no lag is told',
    () => state?.lag === 0n,
    () => String(state?.lag),
  );
  assert.equal(await admin.offsets(topic, 'latest').then((ends) => ends.get(0)), 2);

  await using another = await startSubscriber();
  await using late = await start({ limits: { filteredCommitIntervalMs: 200 }, feedGroupPrefix: 'another-' });
  const egress = trigger(`${topic}-late`, another.url, { initialOffset: InitialOffset.EARLIEST });
  await new ContractDriver(late).serve([broker(bootstrapServers, topic, [egress])]);
  await until('one that catches up gets past it too', async () => {
    const [row] = await store.fetch([{ groupId: egress.consumerGroup, topic, partitions: [0] }]);
    return row?.offset === 2;
  });
});
