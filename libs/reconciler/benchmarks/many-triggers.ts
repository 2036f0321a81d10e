/**
 * From many Triggers in the source until all are Ready, from one changed Trigger among them until it is Ready again, and from the start of
 * the next controller until all are known to be Ready: with three receivers and three dispatchers over loopback that acknowledge at once,
 * and the embedded Kafka, all in this process. Arguments: the number of Triggers, and that of Brokers.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { startContractServer, subscribeToContracts } from '@eventing-kafka/contract-stream';
import { startEmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import { silentLogger as logger } from '@eventing-kafka/logging';
import { MemorySource, conditionOf } from '@eventing-kafka/resources';
import { startReconciler } from '../src/index.ts';
import { TestRoster, pod } from '../testing/test-roster.ts';

const triggers = Number(process.argv[2] ?? 5_000);
const brokers = Number(process.argv[3] ?? 5);
const changes = 200;
const security = { kind: 'insecure' } as const;
const apiVersion = 'eventing.knative.dev/v1';
const pods = (['receiver', 'dispatcher'] as const).flatMap((kind) =>
  [1, 2, 3].map((index) => pod(kind, `${kind}-${index}`)),
);

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
source.apply(...Array.from({ length: brokers }, (_, index) => broker(index)));
source.apply(...Array.from({ length: triggers }, (_, index) => trigger(index, 'first')));

let serving = 0;
let awaited = { count: brokers + triggers, resolve: (): void => undefined };
function served(count: number): Promise<void> {
  serving = 0;
  return new Promise((resolve) => (awaited = { count, resolve }));
}

/** A controller with its data plane, until the stack is disposed. */
async function control(on: AsyncDisposableStack, epoch: bigint): Promise<void> {
  const contractServer = on.use(await startContractServer({ host: '127.0.0.1', port: 0, epoch, security, logger }));
  const target = `127.0.0.1:${contractServer.port}`;
  const apply = (): Promise<[]> => Promise.resolve([]);
  for (const { kind, nodeId, namespace } of pods)
    on.use(await subscribeToContracts({ target, security, identity: { nodeId, kind, namespace }, apply, logger }));
  on.use(
    await startReconciler({
      source,
      contractServer,
      kafka: kafka.clients,
      logger,
      roster: new TestRoster(...pods),
      dataPlane: { ingressBaseUrl: 'http://localhost:8080' },
      defaultBrokerConfig: { bootstrapServers: kafka.bootstrapServers, partitions: 4, replicationFactor: 1 },
      onTransition: ({ kind }) => {
        if (kind !== 'serving') return;
        serving += 1;
        if (serving === awaited.count) awaited.resolve();
      },
    }),
  );
}

function report(bench: string, results: object): void {
  console.log(JSON.stringify({ bench, triggers, brokers, node: process.version, ...results }));
}

async function timed(bench: string, work: () => Promise<void>): Promise<void> {
  const [since, before] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(before);
  report(bench, {
    readyMs: Math.round(performance.now() - since),
    cpuMs: Math.round((user + system) / 1_000),
    rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
  });
}

{
  await using first = new AsyncDisposableStack();
  await timed('reconcile-all', async () => {
    const all = served(brokers + triggers);
    await control(first, 1n);
    await all;
  });
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let index = 0; index < changes; index += 1) {
    const since = performance.now();
    const again = served(1);
    source.apply(trigger(index, `changed-${index}`));
    await again;
    times.push(performance.now() - since);
  }
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  const at = (share: number): number => Math.round(times[Math.ceil(times.length * share) - 1] ?? 0);
  report('reconcile-one', { p50Ms: at(0.5), p99Ms: at(0.99), cpuMs: Math.round((user + system) / 1_000 / changes) });
  // What is written last is what the next controller finds.
  const isWritten = (name: string): boolean => {
    const status = source.readStatus({ kind: 'Trigger', namespace: 'default', name });
    return conditionOf(status?.conditions ?? [], 'Ready')?.status === 'True';
  };
  while (!source.list('Trigger').every(({ metadata }) => isWritten(metadata.name))) await delay(10);
}
await using second = new AsyncDisposableStack();
await timed('restart', async () => {
  const all = served(brokers + triggers);
  await control(second, 2n);
  await all;
});
