import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshName, newTopic, sendTexts } from './harness.ts';
import type { KafkaUnderTest } from './harness.ts';

/** What offset stores and topic admins must do, on whatever Kafka. */
export function testOffsetsAndTopics(kafka: () => KafkaUnderTest): void {
  test('offsets of many groups are committed and read back, with their metadata', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await using store = await clients.offsets(cluster);
    const groupIds = Array.from({ length: 20 }, () => freshName('group'));
    const commits = groupIds.flatMap((groupId, index) =>
      [0, 1].map((partition) => ({ groupId, topic, partition, offset: index * 10 + partition, metadata: `m${index}` })),
    );
    assert.deepEqual(
      await store.commit(commits),
      commits.map(({ groupId, partition }) => ({ groupId, topic, partition })),
    );
    const read = await store.fetch(groupIds.map((groupId) => ({ groupId, topic, partitions: [0, 1, 2] })));
    const expected = groupIds.flatMap((groupId, index) => [
      { groupId, topic, partition: 0, offset: index * 10, metadata: `m${index}` },
      { groupId, topic, partition: 1, offset: index * 10 + 1, metadata: `m${index}` },
      { groupId, topic, partition: 2, offset: undefined, metadata: '' },
    ]);
    const order = (a: { groupId: string; partition: number }, b: { groupId: string; partition: number }): number =>
      a.groupId.localeCompare(b.groupId) || a.partition - b.partition;
    assert.deepEqual([...read].sort(order), expected.sort(order));
  });

  test('of commits for one partition the last one asked for stays', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await using store = await clients.offsets(cluster);
    const groupId = freshName('group');
    const offsets = Array.from({ length: 100 }, (_, offset) => offset);
    const results = await Promise.all(
      offsets.map((offset) => store.commit([{ groupId, topic, partition: 0, offset, metadata: '' }])),
    );
    assert.ok(results.flat().every((result) => result.error === undefined));
    assert.deepEqual(await store.fetch([{ groupId, topic, partitions: [0] }]), [
      { groupId, topic, partition: 0, offset: 99, metadata: '' },
    ]);
  });

  test('a commit that is refused holds back no other', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await using store = await clients.offsets(cluster);
    const [good, bad] = [freshName('good'), freshName('bad')];
    const results = await store.commit([
      { groupId: bad, topic, partition: 0, offset: 1, metadata: 'x'.repeat(5000) },
      { groupId: good, topic, partition: 0, offset: 1, metadata: '' },
    ]);
    assert.deepEqual(
      results.map((result) => result.error?.code),
      ['KAFKA_TOO_LARGE', undefined],
    );
  });

  test('a topic is created once, described, and gone when deleted', async () => {
    const { clients, cluster } = kafka();
    await using topics = await clients.topics(cluster);
    const name = freshName('topic');
    assert.equal(await topics.describe(name), undefined);
    await assert.rejects(topics.offsets(name, 'latest'), { code: 'KAFKA_UNKNOWN_TOPIC' });
    assert.equal(
      await topics.create({ name, partitions: 4, replicationFactor: 1, config: { 'retention.ms': '600000' } }),
      'created',
    );
    assert.equal(await topics.create({ name, partitions: 4, replicationFactor: 1 }), 'exists');
    const found = await topics.describe(name);
    // The embedded Kafka has no ids.
    const described = {
      name,
      partitions: 4,
      replicationFactor: 1,
      ...(found?.id === undefined ? {} : { id: found.id }),
    };
    assert.deepEqual(found, described);
    assert.deepEqual(await topics.describeAll([name, freshName('nothing')]), new Map([[name, described]]));
    const config = await topics.config(name, ['retention.ms', 'no.such.key']);
    assert.ok(
      config.size === 0 || config.get('retention.ms') === '600000',
      'the embedded Kafka knows of no configuration',
    );
    assert.deepEqual(await topics.describeAll([]), new Map());
    await topics.delete(name);
    await topics.delete(name);
    assert.equal(await topics.describe(name), undefined);
  });

  test('offsets tell the first and the next record of every partition', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await sendTexts(kafka(), topic, ['a', 'b'], 1);
    await using topics = await clients.topics(cluster);
    const sorted = (offsets: ReadonlyMap<number, number>): [number, number][] => [...offsets].sort(([a], [b]) => a - b);
    assert.deepEqual(sorted(await topics.offsets(topic, 'earliest')), [
      [0, 0],
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
    assert.deepEqual(sorted(await topics.offsets(topic, 'latest')), [
      [0, 0],
      [1, 2],
      [2, 0],
      [3, 0],
    ]);
  });

  test('deleting a group forgets its offsets, and deleting one that is not there is fine', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await using store = await clients.offsets(cluster);
    await using topics = await clients.topics(cluster);
    const groupId = freshName('group');
    await store.commit([{ groupId, topic, partition: 0, offset: 3, metadata: '' }]);
    await topics.deleteGroup(groupId);
    await topics.deleteGroup(groupId);
    const [read] = await store.fetch([{ groupId, topic, partitions: [0] }]);
    assert.equal(read?.offset, undefined);
  });

  test('what is disposed answers KAFKA_CLOSED', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    const store = await clients.offsets(cluster);
    const topics = await clients.topics(cluster);
    await store[Symbol.asyncDispose]();
    await topics[Symbol.asyncDispose]();
    await assert.rejects(store.fetch([{ groupId: 'g', topic, partitions: [0] }]), { code: 'KAFKA_CLOSED' });
    const [result] = await store.commit([{ groupId: 'g', topic, partition: 0, offset: 1, metadata: '' }]);
    assert.equal(result?.error?.code, 'KAFKA_CLOSED');
    await assert.rejects(topics.describe(topic), { code: 'KAFKA_CLOSED' });
  });
}
