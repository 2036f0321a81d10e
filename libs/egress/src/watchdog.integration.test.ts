import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { EgressRuntimeState } from '@eventing-kafka/contract';
import type { RecordFeed } from '@eventing-kafka/kafka-client';
import { changed, withStore } from '../testing/changed-clients.ts';
import { broker, ContractDriver, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { startTestKafka } from '../testing/test-kafka.ts';
import { until } from '../testing/until.ts';

const kafka = await startTestKafka();
const { producer } = kafka;
after(() => kafka[Symbol.asyncDispose]());

const limits = { stallAfterMs: 300, stateIntervalMs: 20, lagIntervalMs: 50 };

describe('the watchdog', { timeout: 60_000 }, () => {
  /** A feed that gives nothing more once it is told so, as if the client had died inside. */
  function silenceable(): { clients: typeof kafka.clients; silence: () => void } {
    let isSilent = false;
    const clients = changed(kafka.clients, {
      feed: async (cluster, options) => {
        const feed = await kafka.clients.feed(cluster, options);
        const wrapped: RecordFeed = {
          nextBatch: async ({ maxRecords, signal }) => {
            for (;;) {
              const records = await feed.nextBatch({ maxRecords, signal });
              if (!isSilent || signal.aborted) return records;
            }
          },
          pause: (partitions) => feed.pause(partitions),
          resume: (partitions) => feed.resume(partitions),
          seek: (partition, offset) => feed.seek(partition, offset),
          position: (partition) => feed.position(partition),
          [Symbol.asyncDispose]: () => feed[Symbol.asyncDispose](),
        };
        return wrapped;
      },
    });
    return { clients, silence: () => (isSilent = true) };
  }

  test('tells partitions that hold records and make no progress, and that only a new process helps', async () => {
    const topic = await kafka.freshTopic('silent');
    await using subscriber = await startSubscriber();
    const { clients, silence } = silenceable();
    let state: EgressRuntimeState | undefined;
    await using egresses = await kafka.startEgresses({
      kafka: clients,
      limits,
      onState: (news) => (state = news.at(-1)),
    });
    await new ContractDriver(egresses).serve([broker(kafka.bootstrapServers, topic, [trigger(topic, subscriber.url)])]);
    await send(
      producer,
      topic,
      numbered(5, () => ({ partition: 2 })),
    );
    await until('they arrived', () => subscriber.ids.length === 5);
    assert.equal(egresses.stuck(), undefined);
    silence();
    await send(
      producer,
      topic,
      numbered(5, () => ({ partition: 2 }), 'late-'),
    );
    await until(
      'the partition is told',
      () => state?.stalledPartitions?.join() === '2',
      () => state?.partitions,
    );
    await until('so is the process', () => egresses.stuck() !== undefined);
    assert.match(egresses.stuck() ?? '', /records for partitions 2 of topic silent/);
  });

  test('does not ask for a new process where a transaction may be what keeps records back', async () => {
    const topic = await kafka.freshTopic('open-transaction');
    await using subscriber = await startSubscriber();
    const { clients, silence } = silenceable();
    let state: EgressRuntimeState | undefined;
    await using egresses = await kafka.startEgresses({
      kafka: clients,
      limits,
      kafkaProperties: { 'isolation.level': 'read_committed' },
      onState: (news) => (state = news.at(-1)),
    });
    await new ContractDriver(egresses).serve([broker(kafka.bootstrapServers, topic, [trigger(topic, subscriber.url)])]);
    const events = (prefix: string) => numbered(5, () => ({ partition: 2 }), prefix);
    await send(producer, topic, events('before-'));
    await until('they arrived', () => subscriber.ids.length === 5);
    silence();
    await send(producer, topic, events('behind-'));
    await until('the partition is told', () => state?.stalledPartitions?.join() === '2');
    await new Promise((resolve) => setTimeout(resolve, 4 * limits.stallAfterMs));
    assert.equal(egresses.stuck(), undefined);
  });

  test('takes a subscriber that hangs for what it is, and tells for how long events wait', async () => {
    const topic = await kafka.freshTopic('hanging');
    await using subscriber = await startSubscriber(() => 'never');
    let state: EgressRuntimeState | undefined;
    await using egresses = await kafka.startEgresses({ limits, onState: (news) => (state = news.at(-1)) });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(topic, subscriber.url, { egressConfig: { timeout: 30_000n, retry: 3 } }),
      ]),
    ]);
    const begunMs = Date.now();
    await send(
      producer,
      topic,
      numbered(5, () => ({ partition: 1 })),
    );
    await until(
      'they wait for a second',
      () => (state?.lagMs ?? 0n) >= 1_000n,
      () => String(state?.lagMs),
    );
    assert.ok(Number(state?.lagMs) <= Date.now() - begunMs + 100);
    assert.deepEqual([state?.stalledPartitions, state?.lag], [undefined, 5n]);
    assert.equal(egresses.stuck(), undefined);
  });

  test('tells no time when nothing waits', async () => {
    const topic = await kafka.freshTopic('idle');
    await using subscriber = await startSubscriber();
    let state: EgressRuntimeState | undefined;
    await using egresses = await kafka.startEgresses({ limits, onState: (news) => (state = news.at(-1)) });
    await new ContractDriver(egresses).serve([broker(kafka.bootstrapServers, topic, [trigger(topic, subscriber.url)])]);
    await send(producer, topic, numbered(5));
    await until('they arrived', () => subscriber.ids.length === 5);
    await until('nothing lags', () => state?.lag === 0n && state.lagMs === undefined);
  });

  test('a Kafka that takes no commits is no reason for a new process', async () => {
    const topic = await kafka.freshTopic('no-commits');
    await using subscriber = await startSubscriber();
    let isAway = false;
    const clients = withStore(kafka.clients, (store) => {
      const closed = Promise.withResolvers<undefined>();
      return {
        commit: async (commits) => {
          if (isAway) await closed.promise;
          return store.commit(commits);
        },
        [Symbol.asyncDispose]: async () => {
          closed.resolve(undefined);
          await store[Symbol.asyncDispose]();
        },
      };
    });
    await using egresses = await kafka.startEgresses({
      kafka: clients,
      limits: { ...limits, stallAfterMs: 2_000, commitIntervalMs: 20 },
    });
    await new ContractDriver(egresses).serve([broker(kafka.bootstrapServers, topic, [trigger(topic, subscriber.url)])]);
    await send(
      producer,
      topic,
      numbered(1, () => ({ partition: 0 })),
    );
    await until('it is at work', () => subscriber.ids.length === 1);
    isAway = true;
    await send(
      producer,
      topic,
      numbered(5, () => ({ partition: 0 })),
    );
    await until('they arrived', () => subscriber.ids.length === 6);
    await new Promise((resolve) => setTimeout(resolve, 5_500));
    assert.equal(egresses.stuck(), undefined);
  });
});
