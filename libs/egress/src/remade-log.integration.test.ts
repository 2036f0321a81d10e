import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startEmbeddedKafka, type EmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import { InitialOffset } from '@eventing-kafka/contract';
import { silentLogger } from '@eventing-kafka/logging';
import { createNoopMeter } from '@opentelemetry/api';
import { broker, ContractDriver, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { remadeLog, type RemadeLog } from '../testing/remade-log.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { until } from '../testing/until.ts';
import { startEgresses, type EgressesOptions } from './index.ts';

let kafka: EmbeddedKafka;

before(async () => {
  kafka = await startEmbeddedKafka();
});
after(async () => {
  await kafka[Symbol.asyncDispose]();
});

describe('a log that is made anew under a running feed', { timeout: 60_000 }, () => {
  async function logOf(topic: string): Promise<RemadeLog> {
    await using admin = await kafka.clients.topics({ bootstrapServers: kafka.bootstrapServers });
    await admin.create({ name: topic, partitions: 4, replicationFactor: 1 });
    return remadeLog(kafka.clients, kafka.bootstrapServers, topic);
  }

  const start = (log: RemadeLog, options: Partial<EgressesOptions> = {}) =>
    startEgresses({ kafka: log.clients, logger: silentLogger, meter: createNoopMeter(), ...options });

  const write = async (topic: string, count: number, prefix: string, data = '{}'): Promise<void> => {
    await using producer = await kafka.clients.producer({ bootstrapServers: kafka.bootstrapServers });
    await send(
      producer,
      topic,
      numbered(count, () => ({ partition: 0, data }), prefix),
    );
  };

  const committed = async (group: string, topic: string): Promise<number | undefined> => {
    await using store = await kafka.clients.offsets({ bootstrapServers: kafka.bootstrapServers });
    return (await store.fetch([{ groupId: `knative-trigger-ns-${group}`, topic, partitions: [0] }]))[0]?.offset;
  };

  const idsOf = (count: number, prefix: string): string[] =>
    Array.from({ length: count }, (_, index) => `${prefix}${index}`).toSorted();

  test('is delivered from its first record, also when it grew past the committed offset already', async () => {
    const topic = 'remade';
    const log = await logOf(topic);
    await using earliest = await startSubscriber();
    await using latest = await startSubscriber();
    await using egresses = await start(log);
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-earliest`, earliest.url),
        trigger(`${topic}-latest`, latest.url, { initialOffset: InitialOffset.LATEST }),
      ]),
    ]);
    await write(topic, 50, 'old-');
    await until('the old ones arrived', () => earliest.requests.length === 50 && latest.requests.length === 50);
    await until('and are committed', async () => (await committed(`${topic}-latest`, topic)) === 50);
    await log.remake();
    await write(topic, 80, 'new-');
    for (const subscriber of [earliest, latest]) {
      const found = (): string[] => [...new Set(subscriber.ids.filter((id) => id.startsWith('new-')))].toSorted();
      await until(
        'all new ones arrived',
        () => found().length === 80,
        () => found().length,
      );
      assert.deepEqual(found(), idsOf(80, 'new-'));
    }
    for (const group of ['earliest', 'latest'])
      await until(`what ${group} did is committed`, async () => (await committed(`${topic}-${group}`, topic)) === 80);
  });

  test('whose first record is not delivered yet is where the next process begins', async () => {
    const topic = 'remade-restart';
    const log = await logOf(topic);
    const name = `${topic}-x`;
    let up = true;
    await using subscriber = await startSubscriber(() => (up ? 204 : 'never'));
    {
      await using egresses = await start(log, { drainTimeoutMs: 100 });
      await new ContractDriver(egresses).serve([
        broker(kafka.bootstrapServers, topic, [trigger(name, subscriber.url)]),
      ]);
      await write(topic, 20, 'old-');
      await until('the old ones are committed', async () => (await committed(name, topic)) === 20);
      up = false;
      await log.remake();
      await write(topic, 30, 'new-');
      await until('the start of the new log is committed', async () => (await committed(name, topic)) === 0);
    }
    up = true;
    const before = subscriber.requests.length;
    await using again = await start(log);
    await new ContractDriver(again).serve([broker(kafka.bootstrapServers, topic, [trigger(name, subscriber.url)])]);
    const found = (): string[] => [...new Set(subscriber.ids.slice(before))].toSorted();
    await until('all new ones arrived', () => found().length === 30, found);
    assert.deepEqual(found(), idsOf(30, 'new-'));
  });

  test('results of deliveries of the old log are dropped', async () => {
    const topic = 'remade-late';
    const log = await logOf(topic);
    const name = `${topic}-x`;
    const hold = Promise.withResolvers<number>();
    await using subscriber = await startSubscriber(({ id }) => (id === 'old-0' ? hold.promise : 204));
    await using egresses = await start(log);
    await new ContractDriver(egresses).serve([broker(kafka.bootstrapServers, topic, [trigger(name, subscriber.url)])]);
    await write(topic, 40, 'old-');
    await until('the old ones arrived', () => subscriber.requests.length === 40);
    await log.remake();
    await write(topic, 10, 'new-');
    const found = (): string[] => [...new Set(subscriber.ids.filter((id) => id.startsWith('new-')))].toSorted();
    await until('all new ones arrived', () => found().length === 10, found);
    hold.resolve(204);
    await until('the new ones are committed', async () => (await committed(name, topic)) === 10);
  });

  test('egresses that catch up begin there too', async () => {
    const topic = 'remade-behind';
    const log = await logOf(topic);
    let up = false;
    await using fast = await startSubscriber();
    await using slow = await startSubscriber(() => (up ? 204 : 'never'));
    await using egresses = await start(log, { limits: { maxBufferedBytes: 512 * 1024, maxInFlight: 2 } });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-fast`, fast.url),
        trigger(`${topic}-slow`, slow.url, {
          egressConfig: { timeout: 300n, retry: 1_000, backoffPolicy: 1, backoffDelay: 1n },
        }),
      ]),
    ]);
    await write(topic, 200, 'old-', 'x'.repeat(10_000));
    await until('the fast one has all', () => fast.requests.length === 200);
    await log.remake();
    up = true;
    await write(topic, 30, 'new-');
    for (const subscriber of [fast, slow]) {
      const found = (): string[] => [...new Set(subscriber.ids.filter((id) => id.startsWith('new-')))].toSorted();
      await until('all new ones arrived', () => found().length === 30, found);
      assert.deepEqual(found(), idsOf(30, 'new-'));
    }
  });
});
