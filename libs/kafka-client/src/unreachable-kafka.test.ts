import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createKafkaClients } from './index.ts';
import { eventually, RecordingHandler, textRecord } from '../integration/harness.ts';

/** A port of 127.0.0.1 on which nobody listens. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

/** Accepts connections and never says a word, like a broker whose machine froze. */
async function silentServer(): Promise<{ address: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('without a Kafka', { concurrency: true }, () => {
  test('a record is given up within its limit, and closing does not wait for it', async () => {
    const cluster = { bootstrapServers: await closedPort() };
    await using clients = createKafkaClients();
    await using producer = await clients.producer(cluster, { deliveryTimeoutMs: 2000 });
    await assert.rejects(producer.send(textRecord('t', 'x')), { code: 'KAFKA_UNREACHABLE', retriable: true });
    const late = assert.rejects(producer.send(textRecord('t', 'x')), { name: 'KafkaError' });
    await producer[Symbol.asyncDispose]();
    await late;
  });

  test('a broker that is silent holds no record beyond its limit', async () => {
    await using server = await silentServer();
    await using clients = createKafkaClients();
    await using producer = await clients.producer({ bootstrapServers: server.address }, { deliveryTimeoutMs: 1500 });
    await assert.rejects(producer.send(textRecord('t', 'x')), { name: 'KafkaError', retriable: true });
  });

  test('a feed reports the trouble and can be disposed', async () => {
    await using clients = createKafkaClients();
    const handler = new RecordingHandler();
    const feed = await clients.feed({ bootstrapServers: await closedPort() }, { topic: 't', groupId: 'g', handler });
    const waiting = feed.nextBatch({ maxRecords: 1, signal: new AbortController().signal });
    await eventually('the trouble is reported', () =>
      handler.failures.some((error) => error.code === 'KAFKA_UNREACHABLE'),
    );
    assert.ok(handler.failures.every((error) => error.retriable));
    await feed[Symbol.asyncDispose]();
    assert.deepEqual(await waiting, []);
    assert.deepEqual(handler.events, []);
  });

  test('offsets and topics answer KAFKA_UNREACHABLE, each commit on its own', async () => {
    const cluster = { bootstrapServers: await closedPort() };
    await using clients = createKafkaClients();
    const store = await clients.offsets(cluster);
    const topics = await clients.topics(cluster);
    const commit = { topic: 't', partition: 0, offset: 1, metadata: '' };
    const [results] = await Promise.all([
      store.commit([
        { ...commit, groupId: 'a' },
        { ...commit, groupId: 'b' },
      ]),
      assert.rejects(store.fetch([{ groupId: 'g', topic: 't', partitions: [0] }]), { code: 'KAFKA_UNREACHABLE' }),
      assert.rejects(topics.describe('t'), { code: 'KAFKA_UNREACHABLE' }),
      assert.rejects(topics.create({ name: 't', partitions: 1, replicationFactor: 1 }), { code: 'KAFKA_UNREACHABLE' }),
    ]);
    assert.deepEqual(
      results.map((result) => result.error?.code),
      ['KAFKA_UNREACHABLE', 'KAFKA_UNREACHABLE'],
    );
  });

  test('a closed offset store has answered every commit, however many there are', async () => {
    await using server = await silentServer();
    await using clients = createKafkaClients();
    const store = await clients.offsets({ bootstrapServers: server.address });
    const commits = Array.from({ length: 64 }, (_, index) => ({
      groupId: `g${index}`,
      topic: 't',
      partition: 0,
      offset: 1,
      metadata: '',
    }));
    const answers = store.commit(commits);
    await store[Symbol.asyncDispose]();
    const results = await Promise.race([
      answers,
      new Promise<undefined>((resolve) => setImmediate(resolve, undefined)),
    ]);
    assert.deepEqual(
      results?.map(({ error }) => error?.code),
      commits.map(() => 'KAFKA_CLOSED'),
    );
  });

  test('many clients of clusters that are away do not keep a reachable thing from happening', async () => {
    await using server = await silentServer();
    await using clients = createKafkaClients();
    const cluster = { bootstrapServers: server.address };
    for (let index = 0; index < 12; index += 1) {
      await clients.producer(cluster, { lingerMs: index });
      await clients.feed(cluster, { topic: 't', groupId: `g${index}`, handler: new RecordingHandler() });
    }
    // Uses the same pool of threads as librdkafka's binding.
    const { readFile } = await import('node:fs/promises');
    for (let round = 0; round < 50; round += 1) await readFile(new URL(import.meta.url));
  });

  test('settings that are wrong are refused at once', async () => {
    await using clients = createKafkaClients();
    const cluster = { bootstrapServers: 'a:1' };
    const invalid = { code: 'KAFKA_INVALID_CONFIG' };
    await assert.rejects(clients.producer({ ...cluster, properties: { 'linger.ms': 'soon' } }), invalid);
    await assert.rejects(clients.producer(cluster, { deliveryTimeoutMs: 1 }), invalid);
    await assert.rejects(clients.producer({ ...cluster, properties: { 'socket.timeout.ms': -5 } }), invalid);
    await assert.rejects(
      clients.feed(
        { ...cluster, properties: { 'group.id': 'mine' } },
        { topic: 't', groupId: 'g', handler: new RecordingHandler() },
      ),
      invalid,
    );
    await assert.rejects(clients.offsets({ bootstrapServers: 'nonsense' }), invalid);
    await assert.rejects(clients.topics({ bootstrapServers: '' }), invalid);
    // Unknown ones are only warned about.
    await clients.producer({ ...cluster, properties: { 'client.dns.lookupp': 'x' } });
    await clients[Symbol.asyncDispose]();
    await assert.rejects(clients.producer(cluster), { code: 'KAFKA_CLOSED' });
  });
});
