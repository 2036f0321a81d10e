import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySource, conditionOf, keyText, pathText } from '@eventing-kafka/resources';
import type { ResourceKey, ValuePath } from '@eventing-kafka/resources';

import { kafka, away, fresh, broker, trigger, configMap, until, start } from '../testing/world.ts';

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

test('a refusal for what is written says where it is written', async () => {
  class Placed extends MemorySource {
    placeOf(key: ResourceKey, path: ValuePath): string {
      return `${keyText(key)}@${pathText(path)}`;
    }
  }
  await using world = await start({ source: new Placed() });
  const [b, t, orphan] = [fresh('b'), fresh('t'), fresh('orphan')];
  world.source.apply(
    broker(b),
    trigger(t, b, { filters: [{ not: { cesql: 'type =' } }] }),
    trigger(orphan, 'nobody'),
    broker(`${b}-config`, { config: { kind: 'Secret', name: 'x' } }),
  );
  const refused = (): readonly string[] =>
    world.transitions.filter((line) => line.startsWith('refused')).map((line) => line.slice(0, line.indexOf(': ')));
  await until(() => refused().length === 3);
  assert.deepEqual(refused().toSorted(), [
    `refused Broker default/${b}-config@spec.config`,
    `refused Trigger default/${orphan}@spec.broker`,
    `refused Trigger default/${t}@spec.filters[0].not.cesql`,
  ]);
});
