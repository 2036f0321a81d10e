/** The measured process: `server.ts bare` or `server.ts ingress <bootstrap servers>`. Tells its parent port and CPU time. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { silentLogger } from '@eventing-kafka/logging';
import { startMetrics } from '@eventing-kafka/metrics';
import { startIngress } from '../src/index.ts';
import { ContractHistory, resource } from '../test-support/contracts.ts';

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

async function startMeasured(bootstrapServers: string): Promise<number> {
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
    kafka: createKafkaClients(),
    logger: silentLogger,
    meter: metrics.meter,
  });
  const refused = await ingress.apply(
    new ContractHistory().next(resource('broker', { path: '/ns/broker' }, { topics: ['benchmark'], bootstrapServers })),
  );
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
  return ingress.port;
}

const [kind, bootstrapServers = ''] = process.argv.slice(2);
const port = kind === 'bare' ? await startBare() : await startMeasured(bootstrapServers);
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
