import { createKafkaClients } from '../src/index.ts';
import type { EventProducer } from '../src/index.ts';
import { benchmarkKafka, eventRecord, percentile, print, rounded, startClock } from './measure.ts';

/** Sends `total` records with `inFlight` of them under way. */
async function produce(producer: EventProducer, topic: string, inFlight: number, total: number): Promise<void> {
  const latencies = new Float64Array(total);
  const record = eventRecord(topic);
  let sent = 0;
  const sendOnAndOn = async (): Promise<void> => {
    while (sent < total) {
      const index = sent;
      sent += 1;
      const begun = performance.now();
      await producer.send(record);
      latencies[index] = performance.now() - begun;
    }
  };
  const clock = startClock();
  await Promise.all(Array.from({ length: inFlight }, sendOnAndOn));
  const { cpuMicros, elapsedMs } = clock();
  latencies.sort();
  print({
    bench: 'produce',
    inFlight,
    recordsPerSecond: Math.round((total / elapsedMs) * 1000),
    cpuMicrosPerRecord: rounded(cpuMicros / total),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
  });
}

await using stack = new AsyncDisposableStack();
const cluster = { bootstrapServers: await benchmarkKafka(stack) };
const clients = stack.use(createKafkaClients());
const topics = await clients.topics(cluster);
const topic = `bench-produce-${process.pid}`;
await topics.create({ name: topic, partitions: 10, replicationFactor: 1 });
const producer = await clients.producer(cluster);
// Warm: the compiler, the connection and the broker.
for (let round = 0; round < 20_000; round += 200) {
  await Promise.all(Array.from({ length: 200 }, () => producer.send(eventRecord(topic))));
}
await produce(producer, topic, 1, 5000);
await produce(producer, topic, 50, 100_000);
await produce(producer, topic, 200, 200_000);
await topics.delete(topic);
