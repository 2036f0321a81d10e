import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { KafkaError, type KafkaClients } from '@eventing-kafka/kafka-client';
import { changed, withStore } from '../testing/changed-clients.ts';
import { broker, ContractDriver, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { startTestKafka } from '../testing/test-kafka.ts';
import { until } from '../testing/until.ts';

const kafka = await startTestKafka();
const { producer, bootstrapServers } = kafka;
after(() => kafka[Symbol.asyncDispose]());

describe('what is committed', { timeout: 60_000 }, () => {
  const committed = async (topic: string, partition = 0): Promise<number | undefined> => {
    await using store = await kafka.clients.offsets({ bootstrapServers });
    return (await store.fetch([{ groupId: `knative-trigger-ns-${topic}`, topic, partitions: [partition] }]))[0]?.offset;
  };

  /** Clients whose commits of progress, those beyond the first offset, fail while `fails` says so. */
  const failing = (fails: () => boolean): KafkaClients =>
    withStore(kafka.clients, (store) => ({
      commit: async (commits) => {
        if (commits.every(({ offset }) => offset === 0) || !fails()) return store.commit(commits);
        const error = new KafkaError('KAFKA_TIMEOUT', 'too slow', { retriable: true });
        return commits.map((commit) => ({ ...commit, error }));
      },
    }));

  const ordered = (count: number, partition = 0, prefix = '') => numbered(count, () => ({ partition }), prefix);

  test('dispatcher 21 O5 what could not be committed comes with what is completed later', async () => {
    const topic = await kafka.freshTopic('o5');
    let fails = true;
    await using subscriber = await startSubscriber();
    await using egresses = await kafka.startEgresses({ kafka: failing(() => fails), limits: { commitIntervalMs: 20 } });
    await new ContractDriver(egresses).serve([broker(bootstrapServers, topic, [trigger(topic, subscriber.url)])]);
    await send(producer, topic, ordered(10));
    await until('they arrived', () => subscriber.ids.length === 10);
    assert.equal(await committed(topic), 0);
    fails = false;
    await send(producer, topic, ordered(1, 0, 'last-'));
    await until('all are committed', async () => (await committed(topic)) === 11);
  });

  test('dispatcher 21 O6 partitions are committed each on its own', async () => {
    const topic = await kafka.freshTopic('o6');
    await using subscriber = await startSubscriber();
    await using egresses = await kafka.startEgresses({ limits: { commitIntervalMs: 20 } });
    await new ContractDriver(egresses).serve([broker(bootstrapServers, topic, [trigger(topic, subscriber.url)])]);
    await send(
      producer,
      topic,
      numbered(10, (index) => ({ partition: index % 2 })),
    );
    await until('both are', async () => (await committed(topic, 0)) === 5 && (await committed(topic, 1)) === 5);
  });

  test('dispatcher 21 O10 a dead letter completes a record', async () => {
    const topic = await kafka.freshTopic('o10');
    await using subscriber = await startSubscriber(() => 400);
    await using deadLetters = await startSubscriber();
    await using egresses = await kafka.startEgresses({ limits: { commitIntervalMs: 20 } });
    const egressConfig = { deadLetter: deadLetters.url };
    await new ContractDriver(egresses).serve([
      broker(bootstrapServers, topic, [trigger(topic, subscriber.url, { egressConfig })]),
    ]);
    await send(producer, topic, ordered(1));
    await until('it is committed', async () => (await committed(topic)) === 1);
    assert.deepEqual(deadLetters.ids, ['0']);
  });

  test('dispatcher 21 O11 a record that is no event, or whose dead letter fails, is completed too', async () => {
    for (const kind of ['discarded', 'lost'] as const) {
      const topic = await kafka.freshTopic(`o11-${kind}`);
      await using subscriber = await startSubscriber(({ id }) => (id === 'bad' ? 400 : 204));
      await using deadLetters = await startSubscriber(() => 400);
      await using egresses = await kafka.startEgresses({ limits: { commitIntervalMs: 20 } });
      const egressConfig = { deadLetter: deadLetters.url };
      await new ContractDriver(egresses).serve([
        broker(bootstrapServers, topic, [trigger(topic, subscriber.url, { egressConfig })]),
      ]);
      if (kind === 'discarded') {
        await producer.send({ topic, partition: 0, key: null, value: Buffer.from([1, 4]), headers: [] });
      } else {
        await send(producer, topic, [{ id: 'bad', partition: 0 }]);
      }
      await send(producer, topic, [{ id: 'good', partition: 0 }]);
      await until('both are committed', async () => (await committed(topic)) === 2);
      assert.equal(subscriber.ids.at(-1), 'good');
    }
  });

  test('dispatcher 21 O14 a commit that fails is made again soon', async () => {
    const topic = await kafka.freshTopic('o14');
    let failures = 0;
    await using subscriber = await startSubscriber();
    await using egresses = await kafka.startEgresses({
      kafka: failing(() => ++failures === 1),
      limits: { commitIntervalMs: 100 },
    });
    await new ContractDriver(egresses).serve([broker(bootstrapServers, topic, [trigger(topic, subscriber.url)])]);
    await send(producer, topic, ordered(1));
    await until('it is committed', async () => (await committed(topic)) === 1);
    assert.ok(failures >= 2);
  });

  test('dispatcher 21 O15 at the end what is completed is committed, and what completes later is dropped', async () => {
    const topic = await kafka.freshTopic('o15');
    const held = Promise.withResolvers<number>();
    await using subscriber = await startSubscriber(({ id }) => (id === '2' ? held.promise : 204));
    {
      await using egresses = await kafka.startEgresses({ drainTimeoutMs: 100, limits: { commitIntervalMs: 60_000 } });
      await new ContractDriver(egresses).serve([broker(bootstrapServers, topic, [trigger(topic, subscriber.url)])]);
      await send(producer, topic, ordered(4));
      await until('all but one are completed', () => subscriber.ids.length === 4 && subscriber.open === 1);
    }
    assert.equal(await committed(topic), 2);
    held.resolve(204);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await committed(topic), 2);
    await using again = await kafka.startEgresses();
    await new ContractDriver(again).serve([broker(bootstrapServers, topic, [trigger(topic, subscriber.url)])]);
    await until('the one that was not completed came again', () => subscriber.ids.length === 5);
    assert.equal(subscriber.ids[4], '2');
  });

  test('dispatcher 21 Q7 exactly the topics of the contract are read, and let go at the end', async () => {
    const topic = await kafka.freshTopic('q7');
    const opened: string[] = [];
    const closed: string[] = [];
    const clients = changed(kafka.clients, {
      feed: async (cluster, options) => {
        opened.push(options.topic);
        const feed = await kafka.clients.feed(cluster, options);
        return Object.assign(Object.create(feed) as typeof feed, {
          nextBatch: (...args: Parameters<typeof feed.nextBatch>) => feed.nextBatch(...args),
          pause: (partitions: readonly number[]) => feed.pause(partitions),
          resume: (partitions: readonly number[]) => feed.resume(partitions),
          [Symbol.asyncDispose]: () => {
            closed.push(options.topic);
            return feed[Symbol.asyncDispose]();
          },
        });
      },
    });
    {
      await using egresses = await kafka.startEgresses({ kafka: clients });
      await new ContractDriver(egresses).serve([
        broker(bootstrapServers, topic, [
          trigger(topic, 'http://127.0.0.1:1/'),
          trigger(`${topic}-2`, 'http://127.0.0.1:1/'),
        ]),
      ]);
      assert.deepEqual([opened, closed], [[topic], []]);
    }
    assert.deepEqual(closed, [topic]);
  });

  test('dispatcher 21 C7 what could not be started is, with what the next contract adds', async () => {
    const [first, second] = [await kafka.freshTopic('c7-first'), await kafka.freshTopic('c7-second')];
    await using subscriber = await startSubscriber();
    let failures = 0;
    const clients = changed(kafka.clients, {
      feed: (cluster, options) => {
        if (options.topic === first && ++failures === 1) {
          return Promise.reject(new KafkaError('KAFKA_UNREACHABLE', 'not now', { retriable: true }));
        }
        return kafka.clients.feed(cluster, options);
      },
    });
    await using egresses = await kafka.startEgresses({ kafka: clients });
    const contract = new ContractDriver(egresses);
    const resources = [first, second].map((topic) => broker(bootstrapServers, topic, [trigger(topic, subscriber.url)]));
    const refused = await contract.serve(resources.slice(0, 1));
    assert.deepEqual(
      refused.map(({ reason, message }) => [reason, message]),
      [['NotReading', 'not now']],
    );
    await contract.serve(resources);
    await contract.again();
    await send(producer, first, numbered(1, undefined, 'first-'));
    await send(producer, second, numbered(1, undefined, 'second-'));
    await until('both are served', () => subscriber.ids.length === 2);
  });
});
