import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import type { ApplyContract, ContractUpdate, RefusedPart } from '@eventing-kafka/contract';
import { startContractServer, subscribeToContracts } from '@eventing-kafka/contract-stream';
import type { ContractServer, ContractSubscription } from '@eventing-kafka/contract-stream';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import type { KafkaClients } from '@eventing-kafka/kafka-client';
import { startEmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import type { EmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import { silentLogger } from '@eventing-kafka/logging';
import { MemorySource, conditionOf, keyText } from '@eventing-kafka/resources';
import type { ResourceStatus } from '@eventing-kafka/resources';
import { startReconciler, transitionText } from './index.ts';
import type { Reconciler, ReconcilerOptions } from './index.ts';

let kafka: EmbeddedKafka;
/** For addresses where nobody listens. */
let real: KafkaClients;
/** Nobody listens at port 1. */
const away = '127.0.0.1:1';
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
function fresh(name: string): string {
  serial += 1;
  return `${name}-${serial}`;
}

function broker(name: string, spec: object = {}, annotations: Record<string, string> = {}): object {
  return { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', metadata: { name, annotations }, spec };
}

function trigger(name: string, brokerName: string, spec: object = {}): object {
  const subscriber = { uri: 'http://localhost:9/' };
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata: { name },
    spec: { broker: brokerName, subscriber, ...spec },
  };
}

function configMap(name: string, bootstrapServers: string): object {
  const data = {
    'default.topic.partitions': '4',
    'default.topic.replication.factor': '1',
    'bootstrap.servers': bootstrapServers,
  };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/** The deadline is generous: a busy machine makes nothing fail. */
async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`did not happen: ${what.toString()}`);
    await delay(5);
  }
}

/** A data-plane process that says yes, unless told otherwise, and keeps what it was given. */
interface Process {
  readonly subscription: ContractSubscription;
  readonly updates: readonly ContractUpdate[];
  /** Uids of the resource and its egresses that are served now. */
  egresses(resourceUid: string): readonly string[] | undefined;
}

class World implements AsyncDisposable {
  readonly source: MemorySource;
  readonly server: ContractServer;
  readonly reconciler: Reconciler;
  readonly transitions: string[];
  readonly #stack = new AsyncDisposableStack();

  constructor(source: MemorySource, server: ContractServer, reconciler: Reconciler, transitions: string[]) {
    this.source = source;
    this.server = this.#stack.use(server);
    this.#stack.use(source);
    this.reconciler = this.#stack.use(reconciler);
    this.transitions = transitions;
  }

  async connect(
    kind: 'receiver' | 'dispatcher',
    nodeId: string,
    answer: (update: ContractUpdate) => Promise<readonly RefusedPart[]> | readonly RefusedPart[] = () => [],
  ): Promise<Process> {
    const updates: ContractUpdate[] = [];
    const apply: ApplyContract = async (update) => {
      updates.push(update);
      return answer(update);
    };
    const subscription = await subscribeToContracts({
      target: `127.0.0.1:${this.server.port}`,
      security: { kind: 'insecure' },
      identity: { nodeId, kind, namespace: '' },
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

  uid(kind: 'Broker' | 'Trigger', name: string): string {
    return this.source.get(kind, 'default', name)?.metadata.uid ?? '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** The embedded clients answer for every address; these do only for their own. */
function clients(): KafkaClients {
  return {
    topics: (cluster) => (cluster.bootstrapServers === away ? real : kafka.clients).topics(cluster),
    offsets: (cluster) => (cluster.bootstrapServers === away ? real : kafka.clients).offsets(cluster),
    producer: (cluster, settings) => kafka.clients.producer(cluster, settings),
    feed: (cluster, options) => kafka.clients.feed(cluster, options),
    reader: (cluster, options) => kafka.clients.reader(cluster, options),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function start(more: Partial<ReconcilerOptions> & { readonly epoch?: bigint } = {}): Promise<World> {
  const { epoch = 1n, source = new MemorySource(), ...options } = more;
  const server = await startContractServer({
    host: '127.0.0.1',
    port: 0,
    epoch,
    security: { kind: 'insecure' },
    logger: silentLogger,
  });
  const transitions: string[] = [];
  const reconciler = await startReconciler({
    source,
    contractServer: server,
    kafka: clients(),
    logger: silentLogger,
    dataPlane: { ingressBaseUrl: 'http://localhost:8080' },
    defaultBrokerConfig: { bootstrapServers: kafka.bootstrapServers, partitions: 4, replicationFactor: 1 },
    retryMs: { min: 10, max: 100 },
    onTransition: (transition) => transitions.push(transitionText(transition)),
    ...options,
  });
  assert.ok(source instanceof MemorySource);
  return new World(source, server, reconciler, transitions);
}

async function committed(groupId: string, topic: string): Promise<readonly (number | undefined)[]> {
  await using offsets = await kafka.clients.offsets({ bootstrapServers: kafka.bootstrapServers });
  const found = await offsets.fetch([{ groupId, topic, partitions: [0, 1, 2, 3] }]);
  return found.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset);
}

async function send(topic: string, count: number): Promise<void> {
  await using producer = await kafka.clients.producer({ bootstrapServers: kafka.bootstrapServers });
  for (let index = 0; index < count; index += 1) {
    await producer.send({ topic, key: null, value: Buffer.from('x'), headers: [], partition: index % 4 });
  }
}

test('control-plane 24.1 B1 and 24.5 V1: a Broker and a Trigger are Ready once receiver and dispatcher acknowledged them', async () => {
  await using world = await start();
  const [b, t] = [fresh('orders'), fresh('all')];
  world.source.apply(broker(b), trigger(t, b));
  await until(() => world.condition('Broker', b, 'TopicReady').startsWith('True'));
  const receiver = await world.connect('receiver', 'receiver-1');
  await world.ready('Broker', b);
  assert.match(world.condition('Trigger', t), /^False \| Data plane not available \| No dispatcher is connected\.$/);
  const dispatcher = await world.connect('dispatcher', 'dispatcher-1');
  await world.ready('Trigger', t);

  assert.deepEqual(receiver.updates.at(-1)?.resources.get(world.uid('Broker', b))?.topics, [
    `knative-broker-default-${b}`,
  ]);
  assert.deepEqual(dispatcher.egresses(world.uid('Broker', b)), [world.uid('Trigger', t)]);
  assert.deepEqual(world.status('Broker', b)?.address, { name: 'http', url: `http://localhost:8080/default/${b}` });
  assert.equal(world.status('Broker', b)?.annotations['default.topic'], `knative-broker-default-${b}`);
  assert.equal(world.status('Trigger', t)?.annotations['group.id'], `knative-trigger-default-${t}`);
  assert.equal(world.status('Trigger', t)?.observedGeneration, 1);
  assert.deepEqual(
    world.transitions.map((line) => line.replace(/ after \d+ ms$/, '')),
    [
      `added Broker default/${b}`,
      `added Trigger default/${t}`,
      `serving Broker default/${b}`,
      `serving Trigger default/${t}`,
    ],
  );
  assert.deepEqual(
    world.source.readStatus({ kind: 'Broker', namespace: 'default', name: b }),
    world.status('Broker', b),
  );
});

test('control-plane 24.1 B23: without a receiver a Broker is not Ready, and why', async () => {
  await using world = await start();
  const b = fresh('b');
  world.source.apply(broker(b));
  await until(() => world.condition('Broker', b, 'ConfigMapUpdated').startsWith('True'));
  assert.equal(
    world.condition('Broker', b),
    'False | Data plane not available | Did you install the data plane for this component?',
  );
  assert.equal(world.status('Broker', b)?.address, undefined);
});

test('control-plane 24.1 B4, 26 no. 23: Ready waits for every receiver, and a second one that is slow takes it back', async () => {
  await using world = await start();
  const b = fresh('b');
  await world.connect('receiver', 'quick');
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await world.connect('receiver', 'slow', () => held.then(() => []));
  await until(() => world.server.processes().length === 2);
  world.source.apply(broker(b));
  await until(() => world.condition('Broker', b, 'ProbeSucceeded').includes('not yet acknowledged by slow'));
  assert.match(world.condition('Broker', b), /^False \| ProbeStatus \| status: NotReady/);
  assert.equal(world.condition('Broker', b, 'Addressable'), 'Unknown');
  letGo();
  await world.ready('Broker', b);
});

test('a dispatcher that refuses a Trigger is named with its reason, and the Broker stays Ready', async () => {
  await using world = await start();
  const [b, t] = [fresh('b'), fresh('t')];
  await world.connect('receiver', 'r');
  await world.connect('dispatcher', 'pod-7', ({ resources }) =>
    [...resources.values()].flatMap(({ uid, egresses }) =>
      egresses.map((egress) => ({
        resourceUid: uid,
        egressUid: egress.uid,
        reason: 'BadCertificate',
        message: 'not PEM',
      })),
    ),
  );
  world.source.apply(broker(b), trigger(t, b));
  await until(() => world.condition('Trigger', t).includes('BadCertificate'));
  assert.equal(world.condition('Trigger', t), 'False | BadCertificate | pod-7: not PEM');
  await world.ready('Broker', b);
  await until(() =>
    world.transitions.some((line) => line.startsWith(`refused Trigger default/${t}: BadCertificate: pod-7: not PEM`)),
  );
});

test('control-plane 24.5 V14, 26 no. 1 and 2: without its Broker a Trigger is not Ready; it follows as soon as there is one, and its egress goes with it', async () => {
  await using world = await start();
  const [b, t] = [fresh('b'), fresh('t')];
  await world.connect('receiver', 'r');
  const dispatcher = await world.connect('dispatcher', 'd');
  world.source.apply(trigger(t, b));
  await until(() => world.condition('Trigger', t).includes('BrokerDoesNotExist'));
  world.source.apply(broker(b));
  await world.ready('Trigger', t);
  const uid = world.uid('Broker', b);
  world.source.remove({ kind: 'Broker', namespace: 'default', name: b });
  await until(
    () => world.condition('Trigger', t).includes('BrokerDoesNotExist') && dispatcher.egresses(uid) === undefined,
  );
  await until(() => world.transitions.some((line) => line.startsWith(`no longer serving Broker default/${b}`)));
});

test('a broken filter is refused alone, with what is wrong; an edit that breaks one leaves the version before in service', async () => {
  await using world = await start();
  const [b, good, bad] = [fresh('b'), fresh('good'), fresh('bad')];
  await world.connect('receiver', 'r');
  const dispatcher = await world.connect('dispatcher', 'd');
  world.source.apply(broker(b), trigger(good, b), trigger(bad, b, { filters: [{ cesql: 'type =' }] }));
  await world.ready('Trigger', good);
  assert.match(world.condition('Trigger', bad), /^False \| InvalidFilter \| spec\.filters\[0\]\.cesql: /);
  assert.deepEqual(dispatcher.egresses(world.uid('Broker', b)), [world.uid('Trigger', good)]);

  world.source.apply(trigger(good, b, { filters: [{ cesql: 'type =' }] }));
  await until(() => world.condition('Trigger', good).includes('InvalidFilter'));
  await until(() =>
    world.transitions.some(
      (line) => line.startsWith(`refused Trigger default/${good}`) && line.endsWith('the version before goes on'),
    ),
  );
  assert.deepEqual(dispatcher.egresses(world.uid('Broker', b)), [world.uid('Trigger', good)]);

  world.source.apply(trigger(good, b, { filters: [{ cesql: "type = 'a'" }] }));
  await world.ready('Trigger', good);
  assert.deepEqual(dispatcher.updates.at(-1)?.resources.get(world.uid('Broker', b))?.egresses[0]?.dialectedFilter, [
    { filter: { $case: 'cesql', value: { expression: "type = 'a'" } } },
  ]);
});

test('control-plane 22: a Kafka that is away shows in its Brokers alone, is tried again, and a mended ConfigMap wakes them', async () => {
  await using world = await start();
  const [far, near, t, cm] = [fresh('far'), fresh('near'), fresh('t'), fresh('cm')];
  await world.connect('receiver', 'r');
  await world.connect('dispatcher', 'd');
  world.source.apply(
    configMap(cm, away),
    broker(far, { config: { kind: 'ConfigMap', name: cm } }),
    trigger(t, far),
    broker(near),
  );
  await world.ready('Broker', near);
  await until(() => world.condition('Broker', far).startsWith('False | Failed to obtain Kafka cluster admin'));
  assert.match(world.condition('Trigger', t, 'BrokerReady'), /^False \| Failed to obtain Kafka cluster admin/);
  world.source.apply(configMap(cm, kafka.bootstrapServers));
  await world.ready('Broker', far);
  await world.ready('Trigger', t);
});

test('control-plane 24.1 B20, 26 no. 14: what is missing wakes who asked for it as soon as it appears', async () => {
  // Nothing is tried again by itself within this test.
  await using world = await start({ retryMs: { min: 3_600_000, max: 3_600_000 } });
  const [b, cm, sinkName, t] = [fresh('b'), fresh('cm'), fresh('sink'), fresh('t')];
  await world.connect('receiver', 'r');
  await world.connect('dispatcher', 'd');
  const deadLetterSink = { ref: { apiVersion: 'eventing.knative.dev/v1alpha1', kind: 'KafkaSink', name: sinkName } };
  world.source.apply(
    broker(b, { config: { kind: 'ConfigMap', name: cm } }),
    trigger(t, b, { delivery: { deadLetterSink } }),
  );
  await until(() => world.condition('Broker', b).includes(`failed to get configmap default/${cm}`));
  world.source.apply(configMap(cm, kafka.bootstrapServers));
  await world.ready('Broker', b);
  await until(() => world.condition('Trigger', t, 'DeadLetterSinkResolved').includes(`"${sinkName}" not found`));
  world.source.apply({
    apiVersion: 'eventing.knative.dev/v1alpha1',
    kind: 'KafkaSink',
    metadata: { name: sinkName },
    spec: { topic: sinkName, bootstrapServers: [kafka.bootstrapServers], numPartitions: 4, replicationFactor: 1 },
  });
  await world.ready('Trigger', t);
  await world.ready('KafkaSink', sinkName);
  assert.equal(world.status('Trigger', t)?.deadLetterSinkUri, `http://localhost:8080/default/${sinkName}`);
});

test('control-plane 24.10: the group of a new Trigger starts at the end, fixed before its egress is published', async () => {
  await using world = await start();
  const [b, t] = [fresh('b'), fresh('t')];
  const [topic, group] = [`knative-broker-default-${b}`, `knative-trigger-default-${t}`];
  await world.connect('receiver', 'r');
  const seen: (readonly (number | undefined)[])[] = [];
  await world.connect('dispatcher', 'd', async ({ resources }) => {
    if ([...resources.values()].some(({ egresses }) => egresses.length > 0)) seen.push(await committed(group, topic));
    return [];
  });
  world.source.apply(broker(b));
  await world.ready('Broker', b);
  await send(topic, 8);
  world.source.apply(trigger(t, b));
  await world.ready('Trigger', t);
  assert.deepEqual(seen[0], [2, 2, 2, 2]);

  await send(topic, 2);
  world.source.apply(trigger(t, b, { filters: [{ exact: { type: 'a' } }] }));
  await until(() => seen.length === 2);
  assert.deepEqual(seen[1], [2, 2, 2, 2], 'what is committed stays');
});

test('with an initial offset of earliest nothing is committed: the dispatchers begin at the first event', async () => {
  await using world = await start({ planning: { initialOffset: 'earliest' } });
  const [b, t] = [fresh('b'), fresh('t')];
  await world.connect('receiver', 'r');
  await world.connect('dispatcher', 'd');
  world.source.apply(broker(b), trigger(t, b));
  await world.ready('Trigger', t);
  assert.deepEqual(await committed(`knative-trigger-default-${t}`, `knative-broker-default-${b}`), [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('removing keeps the topic, unless told otherwise', async () => {
  await using world = await start();
  const b = fresh('b');
  await world.connect('receiver', 'r');
  world.source.apply(broker(b));
  await world.ready('Broker', b);
  world.source.remove({ kind: 'Broker', namespace: 'default', name: b });
  await until(() => world.transitions.some((line) => line.startsWith(`no longer serving Broker default/${b}`)));
  await using admin = await kafka.clients.topics({ bootstrapServers: kafka.bootstrapServers });
  assert.ok(await admin.describe(`knative-broker-default-${b}`));
});

test('control-plane 24.2 BF1, BF4: told to delete data, the topic goes only after the receivers acknowledged the removal', async () => {
  await using world = await start({ deleteData: true });
  const b = fresh('b');
  const topic = `knative-broker-default-${b}`;
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await using admin = await kafka.clients.topics({ bootstrapServers: kafka.bootstrapServers });
  let wasThere: boolean | undefined;
  await world.connect('receiver', 'r', async ({ removedUids }) => {
    if (removedUids.length === 0) return [];
    await held;
    wasThere = (await admin.describe(topic)) !== undefined;
    return [];
  });
  world.source.apply(broker(b));
  await world.ready('Broker', b);
  world.source.remove({ kind: 'Broker', namespace: 'default', name: b });
  await delay(100);
  letGo();
  await until(() => world.transitions.some((line) => line.startsWith(`no longer serving Broker default/${b}`)));
  assert.equal(wasThere, true);
  assert.equal(await admin.describe(topic), undefined);
});

test('a removal that is never acknowledged goes on after a while', async () => {
  await using world = await start({ removalTimeoutMs: 50 });
  const b = fresh('b');
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await world.connect('receiver', 'stuck', ({ removedUids }) => (removedUids.length === 0 ? [] : held.then(() => [])));
  world.source.apply(broker(b));
  await world.ready('Broker', b);
  world.source.remove({ kind: 'Broker', namespace: 'default', name: b });
  await until(() => world.transitions.some((line) => line.startsWith(`no longer serving Broker default/${b}`)));
  letGo();
});

test('a Broker of another class is left alone, and so are its Triggers; when it becomes ours they are served', async () => {
  await using world = await start();
  const [b, t] = [fresh('b'), fresh('t')];
  await world.connect('receiver', 'r');
  await world.connect('dispatcher', 'd');
  const marker = fresh('marker');
  world.source.apply(broker(b, {}, { 'eventing.knative.dev/broker.class': 'Other' }), trigger(t, b), broker(marker));
  await world.ready('Broker', marker);
  assert.deepEqual([world.condition('Broker', b), world.condition('Trigger', t)], ['none', 'none']);
  world.source.apply(broker(b));
  await world.ready('Trigger', t);
});

test('two hundred broken Triggers beside a good one', async () => {
  await using world = await start();
  const [b, good] = [fresh('b'), fresh('good')];
  await world.connect('receiver', 'r');
  await world.connect('dispatcher', 'd');
  const broken = Array.from({ length: 200 }, () => trigger(fresh('bad'), b, { filters: [{ cesql: '(' }] }));
  world.source.apply(broker(b), ...broken, trigger(good, b));
  await world.ready('Trigger', good);
  assert.equal(
    world.reconciler
      .status()
      .resources.filter(({ status }) => conditionOf(status.conditions, 'Ready')?.reason === 'InvalidFilter').length,
    200,
  );
});

test('an empty source publishes an empty contract: nothing is waited for', async () => {
  await using world = await start();
  const receiver = await world.connect('receiver', 'r');
  await until(() => receiver.updates.length === 1);
  assert.equal(receiver.updates[0]?.resources.size, 0);
});

test('a restart takes nothing out of service, not even while Kafka is away', async () => {
  const source = new MemorySource();
  const [b, t, cm] = [fresh('b'), fresh('t'), fresh('cm')];
  const objects = [broker(b, { config: { kind: 'ConfigMap', name: cm } }), trigger(t, b)];
  source.apply(configMap(cm, kafka.bootstrapServers), ...objects);
  {
    await using first = await start({ source });
    await first.connect('receiver', 'r');
    await first.connect('dispatcher', 'd');
    await first.ready('Trigger', t);
  }
  const again = new MemorySource();
  // The same objects, with the status that was written, and a cluster that cannot be asked.
  again.apply(configMap(cm, away), ...objects);
  for (const key of [
    { kind: 'Broker', namespace: 'default', name: b },
    { kind: 'Trigger', namespace: 'default', name: t },
  ] as const) {
    const status = source.readStatus(key);
    assert.ok(status, keyText(key));
    await again.writeStatus(key, status);
  }
  await using second = await start({ source: again, epoch: 2n });
  const dispatcher = await second.connect('dispatcher', 'd');
  await until(() => dispatcher.updates.length > 0);
  assert.deepEqual(
    dispatcher.updates.map(({ resources }) => [...resources.values()].map(({ egresses }) => egresses.length)),
    [[1]],
  );
  assert.match(second.condition('Broker', b, 'TopicReady'), /^False \| Failed to obtain Kafka cluster admin/);
});

test('disposing while things are being done ends at once and may be done twice', async () => {
  const world = await start();
  const cm = fresh('cm');
  world.source.apply(
    configMap(cm, away),
    broker(fresh('b'), { config: { kind: 'ConfigMap', name: cm } }),
    broker(fresh('b')),
  );
  await delay(20);
  await world.reconciler[Symbol.asyncDispose]();
  await world.reconciler[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});
