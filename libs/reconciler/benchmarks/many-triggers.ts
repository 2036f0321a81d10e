/**
 * From many Triggers in the source until all are Ready, and from one changed Trigger among them until it is Ready again: with a
 * receiver and a dispatcher over loopback that acknowledge at once, and the embedded Kafka.
 */
import { startContractServer, subscribeToContracts } from '@eventing-kafka/contract-stream';
import { startEmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import { silentLogger as logger } from '@eventing-kafka/logging';
import { MemorySource } from '@eventing-kafka/resources';
import { startReconciler } from '../src/index.ts';

const brokers = 50;
const triggers = Number(process.argv[2] ?? 5_000);
const changes = 50;
const security = { kind: 'insecure' } as const;
const apiVersion = 'eventing.knative.dev/v1';

const broker = (index: number): object => ({ apiVersion, kind: 'Broker', metadata: { name: `broker-${index}` } });
const trigger = (index: number, type: string): object => ({
  apiVersion,
  kind: 'Trigger',
  metadata: { name: `trigger-${index}` },
  spec: {
    broker: `broker-${index % brokers}`,
    subscriber: { uri: 'http://localhost:3000/' },
    filters: [{ exact: { type } }],
  },
});

await using stack = new AsyncDisposableStack();
const source = stack.use(new MemorySource());
const kafka = stack.use(await startEmbeddedKafka());
const contractServer = stack.use(
  await startContractServer({ host: '127.0.0.1', port: 0, epoch: 1n, security, logger }),
);
for (const kind of ['receiver', 'dispatcher'] as const) {
  const identity = { nodeId: kind, kind, namespace: '' };
  const target = `127.0.0.1:${contractServer.port}`;
  stack.use(await subscribeToContracts({ target, security, identity, apply: () => Promise.resolve([]), logger }));
}
source.apply(...Array.from({ length: brokers }, (_, index) => broker(index)));
source.apply(...Array.from({ length: triggers }, (_, index) => trigger(index, 'first')));

let serving = 0;
let awaited = { count: brokers + triggers, resolve: (): void => undefined };
function served(count: number): Promise<void> {
  serving = 0;
  return new Promise((resolve) => (awaited = { count, resolve }));
}
const atStart = performance.now();
const all = served(brokers + triggers);
stack.use(
  await startReconciler({
    source,
    contractServer,
    kafka: kafka.clients,
    logger,
    dataPlane: { ingressBaseUrl: 'http://localhost:8080' },
    defaultBrokerConfig: { bootstrapServers: kafka.bootstrapServers, partitions: 4, replicationFactor: 1 },
    onTransition: ({ kind }) => {
      if (kind !== 'serving') return;
      serving += 1;
      if (serving === awaited.count) awaited.resolve();
    },
  }),
);
await all;
const { user, system } = process.cpuUsage();
const common = { triggers, node: process.version };
console.log(
  JSON.stringify({
    bench: 'reconcile-all',
    ...common,
    readyMs: Math.round(performance.now() - atStart),
    cpuMs: Math.round((user + system) / 1_000),
    rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
  }),
);

const times: number[] = [];
for (let index = 0; index < changes; index += 1) {
  const since = performance.now();
  const again = served(1);
  source.apply(trigger(index, `changed-${index}`));
  await again;
  times.push(performance.now() - since);
}
times.sort((a, b) => a - b);
const at = (share: number): number => Math.round(times[Math.ceil(times.length * share) - 1] ?? 0);
console.log(JSON.stringify({ bench: 'reconcile-one', ...common, p50Ms: at(0.5), p99Ms: at(0.99) }));
