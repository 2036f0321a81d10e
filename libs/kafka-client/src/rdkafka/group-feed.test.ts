import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKafkaClients } from '../index.ts';
import { startEmbeddedKafka } from '../testing/index.ts';
import { freshName, newTopic, readTexts, RecordingHandler, sendTexts } from '../../integration/harness.ts';

// The mock cluster's own groups, which the embedded clients step around: a new one waits three seconds, and a rebalance a
// session time-out for each of its two steps. What members do to each other is tested on Apache Kafka.
test('a member of a Kafka group gets its partitions, reads, and gives them back when it leaves', async () => {
  await using embedded = await startEmbeddedKafka();
  const cluster = { bootstrapServers: embedded.bootstrapServers };
  const topic = await newTopic({ clients: embedded.clients, cluster });
  await using clients = createKafkaClients();
  const handler = new RecordingHandler();
  const feed = await clients.feed(cluster, { topic, groupId: freshName('group'), handler });
  await sendTexts({ clients, cluster }, topic, ['a'], 0);
  assert.deepEqual(await readTexts(feed, 1), ['a']);
  await feed[Symbol.asyncDispose]();
  assert.deepEqual(handler.events, ['assigned 0 1 2 3', 'revoked 0 1 2 3']);
  assert.deepEqual(handler.failures, []);
});
