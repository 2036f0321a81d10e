import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KafkaError } from '@eventing-kafka/kafka-client';
import type { KafkaClients } from '@eventing-kafka/kafka-client';
import { startEmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import type { TopicPlan } from '@eventing-kafka/resources';
import { FirstOffsets } from './first-offsets.ts';
import type { FirstOffsetsResult } from './first-offsets.ts';
import { KafkaAccess } from './kafka-access.ts';

/** The embedded Kafka, with what its offset store is asked. */
async function world(
  refused: (groupId: string) => boolean = () => false,
): Promise<
  AsyncDisposable & { readonly fetched: number[]; readonly ask: (group: string) => Promise<FirstOffsetsResult> }
> {
  await using stack = new AsyncDisposableStack();
  const kafka = stack.use(await startEmbeddedKafka());
  const fetched: number[] = [];
  const clients: KafkaClients = {
    topics: (cluster) => kafka.clients.topics(cluster),
    producer: (cluster, settings) => kafka.clients.producer(cluster, settings),
    feed: (cluster, options) => kafka.clients.feed(cluster, options),
    reader: (cluster, options) => kafka.clients.reader(cluster, options),
    offsets: async (cluster) => {
      const offsets = await kafka.clients.offsets(cluster);
      return {
        fetch: (requests) => {
          fetched.push(requests.length);
          return offsets.fetch(requests);
        },
        commit: async (commits) => {
          const error = new KafkaError('KAFKA_GROUP_HAS_MEMBERS', 'somebody reads with it');
          const good = await offsets.commit(commits.filter(({ groupId }) => !refused(groupId)));
          return [
            ...good,
            ...commits.filter(({ groupId }) => refused(groupId)).map((commit) => ({ ...commit, error })),
          ];
        },
        [Symbol.asyncDispose]: () => offsets[Symbol.asyncDispose](),
      };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const access = stack.use(new KafkaAccess(clients, undefined, Date.now));
  const topic: TopicPlan = {
    bootstrapServers: kafka.bootstrapServers,
    name: 'events',
    ownership: 'managed',
    partitions: 4,
    replicationFactor: 1,
    config: {},
  };
  await access.use(topic, ({ admin }) => admin.create({ ...topic }));
  const failed = (error: unknown): void => assert.fail(error instanceof Error ? error : String(error));
  const firstOffsets = stack.use(new FirstOffsets(access, failed));
  const owned = stack.move();
  return {
    fetched,
    ask: (id) =>
      new Promise((resolve) => firstOffsets.ask(topic, { id, positions: new Map<number, number>() }, id, resolve)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test('the offsets of many groups are read in few requests, whoever asks and when', async () => {
  await using kafka = await world();
  const results = await Promise.all(Array.from({ length: 1_200 }, (_, index) => kafka.ask(`g-${index}`)));
  assert.ok(results.every(({ outcome }) => outcome.kind === 'done'));
  assert.deepEqual(kafka.fetched, [500, 500, 200]);
  assert.equal((await kafka.ask('late')).outcome.kind, 'done');
});

test('a group that is refused is told so alone', async () => {
  await using kafka = await world((groupId) => groupId === 'bad');
  const [good, bad] = await Promise.all([kafka.ask('good'), kafka.ask('bad')]);
  assert.deepEqual(good, { outcome: { kind: 'done' }, unreachable: false });
  const message = 'offsets of group bad on topic events could not be committed: somebody reads with it';
  assert.deepEqual(bad, { outcome: { kind: 'failed', message }, unreachable: false });
});
