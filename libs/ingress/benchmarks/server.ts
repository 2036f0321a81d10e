/** The measured process: `server.ts bare`, `server.ts no-kafka` or `server.ts ingress <bootstrap servers>`. Tells its parent port and CPU time. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import type { KafkaClients } from '@eventing-kafka/kafka-client';
import { silentLogger } from '@eventing-kafka/logging';
import { startMetrics } from '@eventing-kafka/metrics';
import { startIngress } from '../src/index.ts';
import { ContractHistory, resource } from '../testing/contracts.ts';
import { ScriptedKafka } from '../testing/scripted-kafka.ts';

/** What a bare server must do to take an event: read it and say 202. */
async function startBare(): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(202, { 'content-length': 0 });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0, backlog: 1024 }, resolve));
  return (server.address() as AddressInfo).port;
}

async function startMeasured(kafka: KafkaClients, bootstrapServers: string): Promise<number> {
  const metrics = await startMetrics({
    serviceName: 'benchmark',
    serviceNamespace: '',
    host: '127.0.0.1',
    port: 0,
    readiness: () => ({ ready: true }),
  });
  const ingress = await startIngress({
    host: '127.0.0.1',
    port: 0,
    kafka,
    logger: silentLogger,
    meter: metrics.meter,
  });
  const refused = await ingress.apply(
    new ContractHistory().next(resource('broker', { path: '/ns/broker' }, { topics: ['benchmark'], bootstrapServers })),
  );
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
  return ingress.port;
}

/** Acknowledges at once: what is left is HTTP, decoding and encoding. */
function instantKafka(): KafkaClients {
  const position = Promise.resolve({ partition: 0, offset: 0 });
  const kafka = new ScriptedKafka();
  const producer = { inFlightBytes: 0, send: () => position, [Symbol.asyncDispose]: () => Promise.resolve() };
  return Object.assign(kafka, { producer: () => Promise.resolve(producer) });
}

const [kind, bootstrapServers = ''] = process.argv.slice(2);
let port: number;
if (kind === 'bare') port = await startBare();
else if (kind === 'no-kafka') port = await startMeasured(instantKafka(), 'none:9092');
else port = await startMeasured(createKafkaClients(), bootstrapServers);
process.send?.({ port });
process.on('message', (message) => {
  if (message === 'usage') {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMicros: user + system, rssBytes: process.memoryUsage.rss() });
  } else {
    // A profiler writes what it saw at the end.
    process.exit(0);
  }
});
