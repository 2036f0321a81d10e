/** A reconciler with a real contract stream and an embedded Kafka, and processes that acknowledge. Importing it starts the Kafka. */
import { setTimeout as delay } from 'node:timers/promises';
import { after, before } from 'node:test';
import type { ApplyContract, ContractUpdate, RefusedPart } from '@eventing-kafka/contract';
import { startContractServer, subscribeToContracts } from '@eventing-kafka/contract-stream';
import type { ContractServer, ContractSubscription } from '@eventing-kafka/contract-stream';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import type { KafkaClients } from '@eventing-kafka/kafka-client';
import { startEmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import type { EmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import { silentLogger } from '@eventing-kafka/logging';
import { MemorySource, conditionOf } from '@eventing-kafka/resources';
import type { ResourceSource, ResourceStatus } from '@eventing-kafka/resources';
import { startReconciler, transitionText } from '../src/index.ts';
import type { Reconciler, ReconcilerOptions } from '../src/index.ts';

export let kafka: EmbeddedKafka;
/** For addresses where nobody listens. */
export let real: KafkaClients;
/** Nobody listens at port 1. */
export const away = '127.0.0.1:1';
before(async () => {
  kafka = await startEmbeddedKafka();
  real = createKafkaClients({ clientId: 'reconciler-test' });
});
after(async () => {
  await real[Symbol.asyncDispose]();
  await kafka[Symbol.asyncDispose]();
});

/** Names that no other test uses: topics and groups of the one Kafka are made of them. */
let serial = 0;
export function fresh(name: string): string {
  serial += 1;
  return `${name}-${serial}`;
}

export function broker(name: string, spec: object = {}, annotations: Record<string, string> = {}): object {
  return { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', metadata: { name, annotations }, spec };
}

export function trigger(name: string, brokerName: string, spec: object = {}): object {
  const subscriber = { uri: 'http://localhost:9/' };
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata: { name },
    spec: { broker: brokerName, subscriber, ...spec },
  };
}

export function configMap(name: string, bootstrapServers: string): object {
  const data = {
    'default.topic.partitions': '4',
    'default.topic.replication.factor': '1',
    'bootstrap.servers': bootstrapServers,
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

export function sink(name: string, topic: string, isManaged: boolean): object {
  const spec = {
    topic,
    bootstrapServers: [kafka.bootstrapServers],
    ...(isManaged ? { numPartitions: 4, replicationFactor: 1 } : {}),
  };
  return { apiVersion: 'eventing.knative.dev/v1alpha1', kind: 'KafkaSink', metadata: { name }, spec };
}

/** The deadline is generous: a busy machine makes nothing fail. */
export async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`did not happen: ${what.toString()}`);
    await delay(5);
  }
}

/** A data-plane process that says yes, unless told otherwise, and keeps what it was given. */
export interface Process {
  readonly subscription: ContractSubscription;
  readonly updates: readonly ContractUpdate[];
  /** Uids of the resource and its egresses that are served now. */
  egresses(resourceUid: string): readonly string[] | undefined;
}

/** A source that a test puts objects into. */
export type TestSource = ResourceSource & Pick<MemorySource, 'apply' | 'remove'>;

export class World<S extends TestSource = MemorySource> implements AsyncDisposable {
  readonly source: S;
  readonly server: ContractServer;
  readonly reconciler: Reconciler;
  readonly transitions: string[];
  readonly #stack = new AsyncDisposableStack();

  constructor(source: S, server: ContractServer, reconciler: Reconciler, transitions: string[], keepSource = false) {
    this.source = source;
    this.server = this.#stack.use(server);
    if (!keepSource) this.#stack.use(source);
    this.reconciler = this.#stack.use(reconciler);
    this.transitions = transitions;
  }

  async connect(
    kind: 'receiver' | 'dispatcher',
    nodeId: string,
    answer: (update: ContractUpdate) => Promise<readonly RefusedPart[]> | readonly RefusedPart[] = () => [],
    {
      namespace = '',
      resourceKinds = [],
    }: { readonly namespace?: string; readonly resourceKinds?: readonly string[] } = {},
  ): Promise<Process> {
    const updates: ContractUpdate[] = [];
    const apply: ApplyContract = async (update) => {
      updates.push(update);
      return answer(update);
    };
    const subscription = await subscribeToContracts({
      target: `127.0.0.1:${this.server.port}`,
      security: { kind: 'insecure' },
      identity: { nodeId, kind, namespace, resourceKinds },
      apply,
      logger: silentLogger,
    });
    this.#stack.use(subscription);
    return {
      subscription,
      updates,
      egresses: (resourceUid) =>
        updates
          .at(-1)
          ?.resources.get(resourceUid)
          ?.egresses.map(({ uid }) => uid),
    };
  }

  status(kind: 'Broker' | 'Trigger' | 'KafkaSink', name: string): ResourceStatus | undefined {
    return this.reconciler.status().resources.find((report) => report.kind === kind && report.metadata.name === name)
      ?.status;
  }

  /** `True`, or `False Reason: message`. */
  condition(kind: 'Broker' | 'Trigger' | 'KafkaSink', name: string, type = 'Ready'): string {
    const found = conditionOf(this.status(kind, name)?.conditions ?? [], type);
    if (found === undefined) return 'none';
    return [found.status, found.reason, found.message].filter((part) => part !== undefined).join(' | ');
  }

  async ready(kind: 'Broker' | 'Trigger' | 'KafkaSink', name: string): Promise<void> {
    await until(() => this.condition(kind, name) === 'True');
  }

  uid(kind: 'Broker' | 'Trigger' | 'KafkaSink', name: string): string {
    return this.source.get(kind, 'default', name)?.metadata.uid ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** The embedded clients answer for every address; these do only for their own. */
export function clients(): KafkaClients {
  return {
    topics: (cluster) => (cluster.bootstrapServers === away ? real : kafka.clients).topics(cluster),
    offsets: (cluster) => (cluster.bootstrapServers === away ? real : kafka.clients).offsets(cluster),
    producer: (cluster, settings) => kafka.clients.producer(cluster, settings),
    feed: (cluster, options) => kafka.clients.feed(cluster, options),
    reader: (cluster, options) => kafka.clients.reader(cluster, options),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

type StartOptions = Partial<Omit<ReconcilerOptions, 'source'>> & { readonly epoch?: bigint };

export function start(more?: StartOptions & { readonly source?: MemorySource }): Promise<World> {
  return startOn(more?.source ?? new MemorySource(), more);
}

/** As {@link start}, on a source of any kind, which outlives a first world if `keepSource`. */
export async function startOn<S extends TestSource>(
  source: S,
  { epoch = 1n, ...options }: StartOptions = {},
  keepSource = false,
): Promise<World<S>> {
  const server = await startContractServer({
    host: '127.0.0.1',
    port: 0,
    epoch,
    security: { kind: 'insecure' },
    logger: silentLogger,
  });
  const transitions: string[] = [];
  const reconciler = await startReconciler({
    contractServer: server,
    kafka: clients(),
    logger: silentLogger,
    dataPlane: { ingressBaseUrl: 'http://localhost:8080' },
    defaultBrokerConfig: { bootstrapServers: kafka.bootstrapServers, partitions: 4, replicationFactor: 1 },
    retryMs: { min: 10, max: 100 },
    onTransition: (transition) => transitions.push(transitionText(transition)),
    ...options,
    source,
  });
  return new World(source, server, reconciler, transitions, keepSource);
}

export async function committed(groupId: string, topic: string): Promise<readonly (number | undefined)[]> {
  await using offsets = await kafka.clients.offsets({ bootstrapServers: kafka.bootstrapServers });
  const found = await offsets.fetch([{ groupId, topic, partitions: [0, 1, 2, 3] }]);
  return found.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset);
}

export async function send(topic: string, count: number): Promise<void> {
  await using producer = await kafka.clients.producer({ bootstrapServers: kafka.bootstrapServers });
  for (let index = 0; index < count; index += 1) {
    await producer.send({ topic, key: null, value: Buffer.from('x'), headers: [], partition: index % 4 });
  }
}
