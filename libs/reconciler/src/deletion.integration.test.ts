import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KafkaClients } from '@eventing-kafka/kafka-client';
import type { ResourceKey, ServedKind } from '@eventing-kafka/resources';
import { MemoryCluster } from '../testing/memory-cluster.ts';
import {
  away,
  broker,
  clients,
  committed,
  configMap,
  fresh,
  kafka,
  send,
  sink,
  startOn,
  trigger,
  until,
} from '../testing/world.ts';

const keyOf = (kind: ServedKind, name: string): ResourceKey => ({ kind, namespace: 'default', name });
const topicOf = (name: string): string => `knative-broker-default-${name}`;
const groupOf = (name: string): string => `knative-trigger-default-${name}`;

async function describe(topic: string): Promise<unknown> {
  await using admin = await kafka.clients.topics({ bootstrapServers: kafka.bootstrapServers });
  return await admin.describe(topic);
}

function isGone(source: MemoryCluster, kind: ServedKind, name: string): boolean {
  return source.get(kind, 'default', name) === undefined;
}

/** Events of one object, without those of its finalizer and of serving. */
function eventsOf(source: MemoryCluster, kind: ServedKind, name: string): readonly string[] {
  return source.events
    .filter((event) => event.includes(`${kind} default/${name}:`) && !/FinalizerUpdate|Serving/.test(event))
    .map((event) => event.replace(` ${kind} default/${name}:`, ''));
}

test('nothing is made in Kafka for an object that could go without us: its finalizer comes first, and is told of', async () => {
  const source = new MemoryCluster();
  source.broken.set('addFinalizer', 'the API server is away');
  await using world = await startOn(source);
  const b = fresh('b');
  source.apply(broker(b));
  await until(() => source.events.some((event) => event.includes('FinalizerUpdateFailed')));
  assert.match(source.events[0] ?? '', /Failed to update finalizers for "b-\d+": the API server is away$/);
  assert.equal(await describe(topicOf(b)), undefined);
  source.broken.clear();
  await world.connect('receiver', 'r');
  await world.ready('Broker', b);
  assert.deepEqual(source.get('Broker', 'default', b)?.metadata.finalizers, ['brokers.eventing.knative.dev']);
  assert.ok(source.events.includes(`Normal FinalizerUpdate Broker default/${b}: Updated "${b}" finalizers`));
  assert.ok(await describe(topicOf(b)));
});

test('control-plane 24.2 BF1: out of the contract, acknowledged, topic deleted, and the finalizer removed last', async () => {
  const source = new MemoryCluster();
  await using world = await startOn(source);
  const b = fresh('b');
  const seen: unknown[] = [];
  const held = Promise.withResolvers<undefined>();
  await world.connect('receiver', 'r', async ({ removedUids }) => {
    if (removedUids.length === 0) return [];
    await held.promise;
    seen.push((await describe(topicOf(b))) !== undefined, isGone(source, 'Broker', b));
    return [];
  });
  source.apply(broker(b));
  await world.ready('Broker', b);
  source.remove(keyOf('Broker', b));
  await until(() => world.status('Broker', b) === undefined);
  held.resolve(undefined);
  await until(() => isGone(source, 'Broker', b));
  assert.deepEqual(seen, [true, false], 'BF4: while a receiver still serves it, topic and object stay');
  assert.equal(await describe(topicOf(b)), undefined);
  assert.deepEqual(eventsOf(source, 'Broker', b), [
    `Normal TopicCreated Topic ${topicOf(b)} created with 4 partitions and replication factor 1`,
    `Normal TopicDeleted Deleted topic ${topicOf(b)}`,
  ]);
});

test('control-plane 24.2 BF2: with its ConfigMap gone, the topic is found by what the status remembers', async () => {
  const source = new MemoryCluster();
  const [b, cm] = [fresh('b'), fresh('cm')];
  {
    await using world = await startOn(source, {}, true);
    await world.connect('receiver', 'r');
    source.apply(configMap(cm, kafka.bootstrapServers), broker(b, { config: { kind: 'ConfigMap', name: cm } }));
    await world.ready('Broker', b);
    await until(() => source.readStatus({ kind: 'Broker', namespace: 'default', name: b })?.address !== undefined);
  }
  source.remove({ kind: 'ConfigMap', namespace: 'default', name: cm });
  source.remove(keyOf('Broker', b));
  // A controller that starts in the middle of a deletion carries on.
  await using _second = await startOn(source, { epoch: 2n });
  await until(() => isGone(source, 'Broker', b));
  assert.equal(await describe(topicOf(b)), undefined);
});

test('control-plane 24.2 BF6 and 24.8 SF1: what is somebody else’s topic stays', async () => {
  const source = new MemoryCluster();
  await using world = await startOn(source);
  const [b, s, topic] = [fresh('b'), fresh('s'), fresh('external')];
  await send(topic, 4);
  await world.connect('receiver', 'r');
  source.apply(broker(b, {}, { 'kafka.eventing.knative.dev/external.topic': topic }), sink(s, topic, false));
  await world.ready('Broker', b);
  await world.ready('KafkaSink', s);
  source.remove(keyOf('Broker', b));
  source.remove(keyOf('KafkaSink', s));
  await until(() => isGone(source, 'Broker', b) && isGone(source, 'KafkaSink', s));
  assert.ok(await describe(topic));
  assert.deepEqual(eventsOf(source, 'Broker', b), []);
});

test('control-plane 24.8 SF2 and SF4: the topic of a KafkaSink that was made here goes, once no receiver writes to it', async () => {
  const source = new MemoryCluster();
  await using world = await startOn(source);
  const [s, topic] = [fresh('s'), fresh('managed')];
  const held = Promise.withResolvers<undefined>();
  let wasThere: boolean | undefined;
  await world.connect('receiver', 'r', async ({ removedUids }) => {
    if (removedUids.length === 0) return [];
    await held.promise;
    wasThere = (await describe(topic)) !== undefined;
    return [];
  });
  source.apply(sink(s, topic, true));
  await world.ready('KafkaSink', s);
  source.remove(keyOf('KafkaSink', s));
  await until(() => world.status('KafkaSink', s) === undefined);
  held.resolve(undefined);
  await until(() => isGone(source, 'KafkaSink', s));
  assert.equal(wasThere, true);
  assert.equal(await describe(topic), undefined);
});

test('control-plane 24.2 BF7 and BF8, 26 no. 11: a Secret that is gone and a configuration that makes no sense hold up no deletion', async () => {
  const source = new MemoryCluster();
  await using world = await startOn(source, { deletionRetryMs: 5 });
  const [b, cm, secretless] = [fresh('b'), fresh('cm'), fresh('secretless')];
  await world.connect('receiver', 'r');
  const config = { kind: 'ConfigMap', name: cm };
  source.apply(configMap(cm, kafka.bootstrapServers), broker(b, { config }));
  await world.ready('Broker', b);
  source.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: cm }, data: { foo: 'bar' } });
  await until(() => world.condition('Broker', b, 'ConfigParsed').startsWith('False'));
  source.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${cm}-2` },
    data: { 'auth.secret.ref.name': 'nowhere', 'default.topic.partitions': 'ten' },
  });
  source.apply(broker(secretless, { config: { kind: 'ConfigMap', name: `${cm}-2` } }));
  await until(() => world.condition('Broker', secretless, 'ConfigParsed').startsWith('False'));
  source.remove(keyOf('Broker', b));
  source.remove(keyOf('Broker', secretless));
  await until(() => isGone(source, 'Broker', b) && isGone(source, 'Broker', secretless));
});

test('control-plane 22, 26 no. 32: while Kafka is away a deletion tries five times, then tells what it leaves behind and lets go', async () => {
  const source = new MemoryCluster();
  const [b, t] = [fresh('b'), fresh('t')];
  let isAway = false;
  const fading: KafkaClients = {
    ...clients(),
    topics: async (cluster) => {
      const admin = await clients().topics(cluster);
      return {
        create: (topic) => admin.create(topic),
        describe: (name) => admin.describe(name),
        describeAll: (names) => admin.describeAll(names),
        config: (name, keys) => admin.config(name, keys),
        offsets: (name, at) => admin.offsets(name, at),
        delete: async (name) =>
          isAway ? (await clients().topics({ bootstrapServers: away })).delete(name) : admin.delete(name),
        deleteGroup: (id) => admin.deleteGroup(id),
        removeMembers: (...members) => admin.removeMembers(...members),
        [Symbol.asyncDispose]: () => admin[Symbol.asyncDispose](),
      };
    },
  };
  await using world = await startOn(source, { kafka: fading, deletionRetryMs: 5 });
  await world.connect('receiver', 'r');
  await world.connect('dispatcher', 'd');
  source.apply(broker(b), trigger(t, b));
  await world.ready('Trigger', t);
  isAway = true;
  source.remove(keyOf('Broker', b));
  await until(() => isGone(source, 'Broker', b));
  const [, left = ''] = eventsOf(source, 'Broker', b);
  assert.match(
    left,
    new RegExp(`^Warning DataLeftBehind Left behind in Kafka: topic ${topicOf(b)}, as it could not be deleted: `),
  );
  assert.ok(await describe(topicOf(b)));
});

test('control-plane 24.2 BF12, BF13: a topic that is gone already, and a Broker that was in no contract, are let go', async () => {
  const source = new MemoryCluster();
  const b = fresh('b');
  await using world = await startOn(source);
  await world.connect('receiver', 'r');
  source.apply(broker(b));
  await world.ready('Broker', b);
  await using admin = await kafka.clients.topics({ bootstrapServers: kafka.bootstrapServers });
  await admin.delete(topicOf(b));
  source.remove(keyOf('Broker', b));
  await until(() => isGone(source, 'Broker', b));
  assert.equal(
    eventsOf(source, 'Broker', b).some((event) => event.startsWith('Warning')),
    false,
  );
});

test('control-plane 26 no. 36: what never got a topic goes at once, though its Kafka is away', async () => {
  const source = new MemoryCluster();
  const [b, s, cm] = [fresh('b'), fresh('s'), fresh('cm')];
  await using world = await startOn(source, { deletionRetryMs: 3_600_000 });
  await world.connect('receiver', 'r');
  source.apply(configMap(cm, away), broker(b, { config: { kind: 'ConfigMap', name: cm } }));
  const spec = { topic: s, bootstrapServers: [away], numPartitions: 4, replicationFactor: 1 };
  source.apply({ apiVersion: 'eventing.knative.dev/v1alpha1', kind: 'KafkaSink', metadata: { name: s }, spec });
  await until(() => world.condition('Broker', b).includes('Failed to obtain Kafka cluster admin'));
  await until(() => world.condition('KafkaSink', s).includes('Failed to obtain Kafka cluster admin'));
  source.remove(keyOf('Broker', b));
  source.remove(keyOf('KafkaSink', s));
  await until(() => isGone(source, 'Broker', b) && isGone(source, 'KafkaSink', s));
});

test('control-plane 24.5 V19 and 24.4 T23: of a deleted Trigger the group goes, and the others of its Broker stay as they are', async () => {
  const source = new MemoryCluster();
  const [b, first, gone, last] = [fresh('b'), fresh('t'), fresh('t'), fresh('t')];
  await using world = await startOn(source);
  await world.connect('receiver', 'r');
  const dispatcher = await world.connect('dispatcher', 'd');
  source.apply(broker(b), trigger(first, b), trigger(gone, b), trigger(last, b));
  for (const name of [first, gone, last]) await world.ready('Trigger', name);
  assert.deepEqual(source.get('Trigger', 'default', gone)?.metadata.finalizers, [
    'kafka.triggers.eventing.knative.dev',
  ]);
  assert.deepEqual(await committed(groupOf(gone), topicOf(b)), [0, 0, 0, 0]);
  const uids = [first, last].map((name) => world.uid('Trigger', name));
  source.remove(keyOf('Trigger', gone));
  await until(() => isGone(source, 'Trigger', gone));
  assert.deepEqual(dispatcher.egresses(world.uid('Broker', b))?.toSorted(), uids.toSorted());
  assert.deepEqual(await committed(groupOf(gone), topicOf(b)), [undefined, undefined, undefined, undefined]);
  assert.deepEqual(await committed(groupOf(first), topicOf(b)), [0, 0, 0, 0]);
  assert.deepEqual(eventsOf(source, 'Trigger', gone), [`Normal GroupDeleted Deleted consumer group ${groupOf(gone)}`]);
});

test('control-plane 24.4 T12 and T14: when its Broker is on its way out a Trigger is served no more and says why; it may go too', async () => {
  const source = new MemoryCluster();
  const [b, t] = [fresh('b'), fresh('t')];
  await using world = await startOn(source);
  const held = Promise.withResolvers<undefined>();
  await world.connect('receiver', 'r', ({ removedUids }) =>
    removedUids.length === 0 ? [] : held.promise.then(() => []),
  );
  await world.connect('dispatcher', 'd');
  source.apply(broker(b), trigger(t, b));
  await world.ready('Trigger', t);
  source.remove(keyOf('Broker', b));
  await until(() => world.condition('Trigger', t, 'BrokerReady').startsWith('False'));
  source.remove(keyOf('Trigger', t));
  await until(() => isGone(source, 'Trigger', t));
  assert.equal(isGone(source, 'Broker', b), false);
  held.resolve(undefined);
  await until(() => isGone(source, 'Broker', b));
});

test('control-plane 24.5 V14, 9.5: a Trigger without a Broker gets no finalizer and goes at once', async () => {
  const source = new MemoryCluster();
  const t = fresh('t');
  await using world = await startOn(source);
  source.apply(trigger(t, 'nobody'));
  await until(() => world.condition('Trigger', t).includes('BrokerDoesNotExist'));
  assert.equal(source.get('Trigger', 'default', t)?.metadata.finalizers, undefined);
  source.remove(keyOf('Trigger', t));
  await until(() => world.status('Trigger', t) === undefined);
});

test('an object that is somebody else’s by now is let go of, with its data', async () => {
  const source = new MemoryCluster();
  const [b, t] = [fresh('b'), fresh('t')];
  await using world = await startOn(source);
  await world.connect('receiver', 'r');
  await world.connect('dispatcher', 'd');
  source.apply(broker(b), trigger(t, b));
  await world.ready('Trigger', t);
  source.apply(broker(b, {}, { 'eventing.knative.dev/broker.class': 'Other' }));
  const finalizers = (): unknown => [
    source.get('Broker', 'default', b)?.metadata.finalizers,
    source.get('Trigger', 'default', t)?.metadata.finalizers,
  ];
  await until(() => JSON.stringify(finalizers()) === '[[],[]]');
  assert.ok(await describe(topicOf(b)));
  assert.deepEqual(await committed(groupOf(t), topicOf(b)), [0, 0, 0, 0]);
});

test('an object that is somebody else’s by now is let go of as soon as the API server allows it', async () => {
  const source = new MemoryCluster();
  const b = fresh('b');
  await using world = await startOn(source);
  await world.connect('receiver', 'r');
  source.apply(broker(b));
  await world.ready('Broker', b);
  source.broken.set('removeFinalizer', 'the API server is away');
  source.apply(broker(b, {}, { 'eventing.knative.dev/broker.class': 'MTChannelBasedBroker' }));
  await until(() => source.events.some((event) => event.includes('FinalizerUpdateFailed')));
  source.broken.clear();
  await until(() => source.get('Broker', 'default', b)?.metadata.finalizers?.length === 0);
});

test('an API server that is away while an object is let go of is asked again; what is in Kafka is deleted once', async () => {
  const source = new MemoryCluster();
  const b = fresh('b');
  await using world = await startOn(source);
  await world.connect('receiver', 'r');
  source.apply(broker(b));
  await world.ready('Broker', b);
  source.broken.set('removeFinalizer', 'away');
  source.remove(keyOf('Broker', b));
  await until(() => source.events.filter((event) => event.includes('FinalizerUpdateFailed')).length > 1);
  source.broken.clear();
  await until(() => isGone(source, 'Broker', b));
  assert.equal(eventsOf(source, 'Broker', b).filter((event) => event.includes('TopicDeleted')).length, 1);
});
