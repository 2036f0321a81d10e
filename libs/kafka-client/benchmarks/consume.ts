import { createKafkaClients } from '../src/index.ts';
import type { FeedHandler, KafkaClients, RecordFeed } from '../src/index.ts';
import { benchmarkKafka, eventRecord, percentile, print, rounded, startClock } from './measure.ts';

const partitions = 10;
const backlog = 200_000;

/** A handler that reads everything. */
function fromTheStart(): FeedHandler {
  return {
    assigned: (given) => Promise.resolve(new Map(given.map((partition) => [partition, 'earliest' as const]))),
    revoked: () => Promise.resolve(),
    lost: () => undefined,
    failed: (error) => {
      console.error(error);
    },
  };
}

async function read(feed: RecordFeed, count: number): Promise<void> {
  const { signal } = new AbortController();
  let seen = 0;
  while (seen < count) seen += (await feed.nextBatch({ maxRecords: 500, signal })).length;
}

async function fill(clients: KafkaClients, topic: string, count: number, partition?: number): Promise<void> {
  const producer = await clients.producer(cluster);
  const record = { ...eventRecord(topic), ...(partition === undefined ? {} : { partition }) };
  for (let sent = 0; sent < count; sent += 1000) {
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        producer.send({ ...record, key: partition === undefined ? `${sent + index}` : null }),
      ),
    );
  }
}

/** How fast a backlog is read, spread over the partitions or all in one with the others idle. */
async function measureBacklog(clients: KafkaClients, kind: 'spread' | 'one-partition'): Promise<void> {
  const topics = await clients.topics(cluster);
  const topic = `bench-${kind}-${process.pid}`;
  await topics.create({ name: topic, partitions, replicationFactor: 1 });
  await fill(clients, topic, backlog, kind === 'spread' ? undefined : 3);
  const feed = await clients.feed(cluster, { topic, groupId: topic, handler: fromTheStart() });
  await read(feed, 1000);
  const clock = startClock();
  await read(feed, backlog - 2000);
  const { cpuMicros, elapsedMs } = clock();
  print({
    bench: 'consume',
    backlog: kind,
    recordsPerSecond: Math.round(((backlog - 2000) / elapsedMs) * 1000),
    cpuMicrosPerRecord: rounded(cpuMicros / (backlog - 2000)),
  });
  await feed[Symbol.asyncDispose]();
  await topics.delete(topic);
}

/** From the call of `send` to the record in a batch, when the feed was idle. */
async function measureLatency(clients: KafkaClients): Promise<void> {
  const topics = await clients.topics(cluster);
  const topic = `bench-latency-${process.pid}`;
  await topics.create({ name: topic, partitions, replicationFactor: 1 });
  const producer = await clients.producer(cluster);
  await using feed = await clients.feed(cluster, { topic, groupId: topic, handler: fromTheStart() });
  await producer.send(eventRecord(topic));
  await read(feed, 1);
  const rounds = 200;
  const latencies = new Float64Array(rounds);
  for (let round = 0; round < rounds; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const arrived = read(feed, 1);
    const begun = performance.now();
    await Promise.all([producer.send(eventRecord(topic)), arrived]);
    latencies[round] = performance.now() - begun;
  }
  latencies.sort();
  print({ bench: 'consume-latency', p50Ms: percentile(latencies, 0.5), p99Ms: percentile(latencies, 0.99) });
}

/** What feeds cost that have nothing to do. */
async function measureIdle(clients: KafkaClients, count: number): Promise<void> {
  const topics = await clients.topics(cluster);
  const names = Array.from({ length: count }, (_, index) => `bench-idle-${process.pid}-${index}`);
  const stop = new AbortController();
  const before = process.memoryUsage.rss();
  for (const name of names) {
    await topics.create({ name, partitions: 3, replicationFactor: 1 });
    const feed = await clients.feed(cluster, { topic: name, groupId: name, handler: fromTheStart() });
    void feed.nextBatch({ maxRecords: 100, signal: stop.signal });
  }
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const clock = startClock();
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const { cpuMicros, elapsedMs } = clock();
  print({
    bench: 'idle',
    feeds: count,
    cpuMillisPerSecond: rounded(cpuMicros / elapsedMs),
    megabytesPerFeed: rounded((process.memoryUsage.rss() - before) / count / 1e6),
  });
  stop.abort();
  for (const name of names) await topics.delete(name);
}

await using stack = new AsyncDisposableStack();
const cluster = { bootstrapServers: await benchmarkKafka(stack) };
const clients = stack.use(createKafkaClients());
await measureBacklog(clients, 'spread');
await measureBacklog(clients, 'one-partition');
await measureLatency(clients);
await measureIdle(clients, 100);
