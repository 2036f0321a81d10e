import { createKafkaClients } from '../src/index.ts';
import { benchmarkKafka, print, rounded, startClock } from './measure.ts';

const groups = 1000;
const partitions = 10;

await using stack = new AsyncDisposableStack();
const cluster = { bootstrapServers: await benchmarkKafka(stack) };
const clients = stack.use(createKafkaClients());
const topics = await clients.topics(cluster);
const topic = `bench-offsets-${process.pid}`;
await topics.create({ name: topic, partitions, replicationFactor: 1 });
const store = await clients.offsets(cluster);
const groupIds = Array.from({ length: groups }, (_, index) => `${topic}-${index}`);
const numbers = Array.from({ length: partitions }, (_, partition) => partition);

for (const round of ['cold', 'warm']) {
  const commitClock = startClock();
  const results = await store.commit(
    groupIds.flatMap((groupId) =>
      numbers.map((partition) => ({ groupId, topic, partition, offset: 7, metadata: 'v1:' })),
    ),
  );
  const committed = commitClock();
  const fetchClock = startClock();
  const offsets = await store.fetch(groupIds.map((groupId) => ({ groupId, topic, partitions: numbers })));
  const fetched = fetchClock();
  print({
    bench: 'offsets',
    round,
    groups,
    partitions,
    failed: results.filter((result) => result.error !== undefined).length,
    read: offsets.length,
    commitMs: rounded(committed.elapsedMs),
    commitCpuMicrosPerGroup: rounded(committed.cpuMicros / groups),
    fetchMs: rounded(fetched.elapsedMs),
  });
}
await topics.delete(topic);
