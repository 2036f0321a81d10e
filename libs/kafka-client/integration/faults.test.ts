import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createKafkaClients, isKafkaError } from '../src/index.ts';
import type { KafkaClients } from '../src/index.ts';
import { startLocalKafka } from '@eventing-kafka/local-kafka';
import type { LocalKafka } from '@eventing-kafka/local-kafka';
import { eventually, freshName, newTopic, readRecords, RecordingHandler, textRecord } from './harness.ts';

// These tests stop the broker, so it is always one of their own.
describe('when Kafka fails', () => {
  let kafka: LocalKafka;
  let clients: KafkaClients;
  const cluster = (): { bootstrapServers: string } => ({ bootstrapServers: kafka.bootstrapServers });
  before(async () => {
    kafka = await startLocalKafka();
    clients = createKafkaClients();
  });
  after(async () => {
    await clients[Symbol.asyncDispose]();
    await kafka[Symbol.asyncDispose]();
  });

  test('what was acknowledged before the broker was killed and restarted is read, and all go on by themselves', async () => {
    const topic = await newTopic({ clients, cluster: cluster() });
    const handler = new RecordingHandler();
    await using producer = await clients.producer(cluster(), { deliveryTimeoutMs: 20_000 });
    await using feed = await clients.feed(cluster(), { topic, groupId: freshName('group'), handler });
    await using store = await clients.offsets(cluster());
    const acknowledged = new Set<string>();
    const stop = new AbortController();
    const failed: unknown[] = [];
    const sending = (async () => {
      for (let index = 0; !stop.signal.aborted; index += 1) {
        await producer.send(textRecord(topic, `${index}`)).then(
          () => acknowledged.add(`${index}`),
          (error: unknown) => failed.push(error),
        );
      }
    })();
    await eventually('some were sent', () => acknowledged.size > 100);
    await kafka.kill();
    await kafka.restart();
    const before = acknowledged.size;
    await eventually('sending goes on', () => acknowledged.size > before + 100);
    stop.abort();
    await sending;
    const read = new Set((await readRecords(feed, acknowledged.size)).map((record) => record.value?.toString()));
    assert.deepEqual(
      [...acknowledged].filter((text) => !read.has(text)),
      [],
    );
    assert.ok(failed.every(isKafkaError));
    const [result] = await store.commit([
      { groupId: freshName('group'), topic, partition: 0, offset: 5, metadata: 'm' },
    ]);
    assert.equal(result?.error, undefined);
  });

  test('a broker that freezes holds nobody beyond the limits, and is used again when it thaws', async () => {
    const topic = await newTopic({ clients, cluster: cluster() });
    const producer = await clients.producer(cluster(), { deliveryTimeoutMs: 2000 });
    const store = await clients.offsets(cluster());
    const feed = await clients.feed(cluster(), { topic, groupId: freshName('group'), handler: new RecordingHandler() });
    await producer.send(textRecord(topic, 'before'));
    await store.fetch([{ groupId: 'any', topic, partitions: [0] }]);
    kafka.pause();
    try {
      await Promise.all([
        assert.rejects(producer.send(textRecord(topic, 'meanwhile')), { name: 'KafkaError', retriable: true }),
        assert.rejects(store.fetch([{ groupId: 'any', topic, partitions: [0] }]), {
          name: 'KafkaError',
          retriable: true,
        }),
      ]);
      const frozen = createKafkaClients();
      const other = await frozen.feed(cluster(), {
        topic,
        groupId: freshName('group'),
        handler: new RecordingHandler(),
      });
      await (
        await frozen.producer(cluster(), { deliveryTimeoutMs: 1500 })
      )
        .send(textRecord(topic, 'x'))
        .catch(() => undefined);
      await other[Symbol.asyncDispose]();
      await frozen[Symbol.asyncDispose]();
    } finally {
      kafka.resume();
    }
    const offsets: number[] = [];
    await eventually('records are taken again', () => {
      void producer.send(textRecord(topic, 'after')).then(
        ({ offset }) => offsets.push(offset),
        () => undefined,
      );
      return offsets.length > 0;
    });
    await readRecords(feed, 1);
    await Promise.all([producer, store, feed].map((each) => each[Symbol.asyncDispose]()));
  });

  test('a topic that is not there is told apart, and producing works once it is', async () => {
    const topic = freshName('later');
    await using producer = await clients.producer(cluster(), { deliveryTimeoutMs: 4000 });
    await assert.rejects(producer.send(textRecord(topic, 'x')), { code: 'KAFKA_UNKNOWN_TOPIC' });
    await using topics = await clients.topics(cluster());
    await topics.create({ name: topic, partitions: 1, replicationFactor: 1 });
    let sent = false;
    await eventually('the topic is noticed', () => {
      void producer.send(textRecord(topic, 'x')).then(
        () => (sent = true),
        () => undefined,
      );
      return sent;
    });
  });

  test('a record larger than the topic allows fails alone', async () => {
    const name = freshName('small');
    await using topics = await clients.topics(cluster());
    await topics.create({ name, partitions: 1, replicationFactor: 1, config: { 'max.message.bytes': '1000' } });
    await using producer = await clients.producer(cluster());
    const outcomes = await Promise.allSettled(
      ['a', 'b'.repeat(5000), 'c'].map((text) => producer.send(textRecord(name, text))),
    );
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : 'sent')),
      ['sent', 'KAFKA_TOO_LARGE', 'sent'],
    );
  });

  test('a group with members refuses commits and deletion, and others are not held back', async () => {
    const topic = await newTopic({ clients, cluster: cluster() });
    const groupId = freshName('busy');
    const handler = new RecordingHandler();
    await using store = await clients.offsets(cluster());
    await using topics = await clients.topics(cluster());
    const feed = await clients.feed(cluster(), { topic, groupId, handler });
    await eventually('the member is in', () => handler.owned.size === 4);
    const commit = { topic, partition: 0, offset: 1, metadata: '' };
    const results = await store.commit([
      { ...commit, groupId },
      { ...commit, groupId: freshName('free') },
    ]);
    assert.deepEqual(
      results.map((result) => result.error?.code),
      ['KAFKA_GROUP_HAS_MEMBERS', undefined],
    );
    await assert.rejects(topics.deleteGroup(groupId), { code: 'KAFKA_GROUP_HAS_MEMBERS' });
    await feed[Symbol.asyncDispose]();
    const [later] = await store.commit([{ ...commit, groupId }]);
    assert.equal(later?.error, undefined);
    await topics.deleteGroup(groupId);
  });
});
