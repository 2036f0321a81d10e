import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryCluster } from '../testing/memory-cluster.ts';
import { broker, committed, fresh, kafka, send, sink, startOn, trigger, until } from '../testing/world.ts';

test('security X16: a managed topic has one owner; another that wants it is told whose it is, and gets it when it is free', async () => {
  const source = new MemoryCluster();
  const [b, s, user] = [fresh('b'), fresh('s'), fresh('user')];
  const topic = `knative-broker-default-${b}`;
  await using world = await startOn(source);
  const receiver = await world.connect('receiver', 'r');
  source.apply(broker(b));
  await world.ready('Broker', b);
  source.apply(sink(s, topic, true), sink(user, topic, false));
  await until(() => world.condition('KafkaSink', s).includes('TopicOwnedByAnother'));
  assert.match(world.condition('KafkaSink', s), new RegExp(`topic ${topic} is the one of Broker default/${b};`));
  assert.equal(receiver.updates.at(-1)?.resources.has(world.uid('KafkaSink', s)), false);
  // To write to it as somebody else's is fine.
  await world.ready('KafkaSink', user);
  source.remove({ kind: 'KafkaSink', namespace: 'default', name: s });
  await until(() => source.get('KafkaSink', 'default', s) === undefined);
  await using admin = await kafka.clients.topics({ bootstrapServers: kafka.bootstrapServers });
  assert.ok(await admin.describe(topic), 'who never owned it does not delete it');
  source.apply(sink(s, topic, true));
  await until(() => world.condition('KafkaSink', s).includes('TopicOwnedByAnother'));
  source.remove({ kind: 'Broker', namespace: 'default', name: b });
  await world.ready('KafkaSink', s);
});

test('who had a topic keeps it over a restart, whoever is looked at first', async () => {
  const source = new MemoryCluster();
  const [b, s] = [fresh('b'), fresh('a')];
  const topic = `knative-broker-default-${b}`;
  {
    await using first = await startOn(source, {}, true);
    await first.connect('receiver', 'r');
    source.apply(broker(b));
    await first.ready('Broker', b);
    await until(() => source.readStatus({ kind: 'Broker', namespace: 'default', name: b })?.address !== undefined);
  }
  const again = new MemoryCluster();
  again.apply(sink(s, topic, true), broker(b));
  const status = source.readStatus({ kind: 'Broker', namespace: 'default', name: b });
  assert.ok(status);
  await again.writeStatus({ kind: 'Broker', namespace: 'default', name: b }, status);
  await using second = await startOn(again, { epoch: 2n });
  await second.connect('receiver', 'r');
  await until(() => second.condition('KafkaSink', s).includes('TopicOwnedByAnother'));
  await second.ready('Broker', b);
});

test('control-plane 26 no. 7: a topic that is there and differs is used, told of in an event, and named in the condition', async () => {
  const source = new MemoryCluster();
  const [b, cm] = [fresh('b'), fresh('cm')];
  const topic = `knative-broker-default-${b}`;
  await send(topic, 1);
  await using world = await startOn(source);
  await world.connect('receiver', 'r');
  const data = {
    'default.topic.partitions': '20',
    'default.topic.replication.factor': '1',
    'bootstrap.servers': kafka.bootstrapServers,
  };
  source.apply(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: cm }, data },
    broker(b, { config: { kind: 'ConfigMap', name: cm } }),
  );
  await world.ready('Broker', b);
  const words = `Topic ${topic} existed already and is used as it is: 4 partitions where 20 are asked for`;
  assert.equal(world.condition('Broker', b, 'TopicReady'), `True | Topic ${topic} created | ${words}`);
  assert.ok(source.events.includes(`Warning TopicDiffers Broker default/${b}: ${words}`));
});

test('control-plane 22: a topic that is deleted in Kafka is noticed; a managed one is made anew, and its groups begin on it', async () => {
  const source = new MemoryCluster();
  const [b, t, external, topicName] = [fresh('b'), fresh('t'), fresh('external'), fresh('topic')];
  const topic = `knative-broker-default-${b}`;
  await send(topicName, 1);
  await using world = await startOn(source, { topicCheckMs: 10 });
  await world.connect('receiver', 'r');
  await world.connect('dispatcher', 'd');
  source.apply(
    broker(b),
    trigger(t, b),
    broker(external, {}, { 'kafka.eventing.knative.dev/external.topic': topicName }),
  );
  await world.ready('Trigger', t);
  await world.ready('Broker', external);
  await using admin = await kafka.clients.topics({ bootstrapServers: kafka.bootstrapServers });
  await admin.deleteGroup(`knative-trigger-default-${t}`);
  await Promise.all([admin.delete(topic), admin.delete(topicName)]);
  await until(() => source.events.filter((event) => event.includes('TopicMissing')).length >= 2);
  await until(() => world.condition('Broker', external).startsWith('False | Topic is not present or invalid'));
  await until(() => source.events.filter((event) => event.includes(`TopicCreated Broker default/${b}`)).length === 2);
  await world.ready('Trigger', t);
  assert.deepEqual(await committed(`knative-trigger-default-${t}`, topic), [0, 0, 0, 0]);
  await send(topicName, 1);
  await admin.create({ name: topicName, partitions: 4, replicationFactor: 1 });
  await world.ready('Broker', external);
});

test('what is wrong is told in an event, as a whole when its reason says it all', async () => {
  const source = new MemoryCluster();
  const [b, cm] = [fresh('b'), fresh('cm')];
  await using _world = await startOn(source);
  source.apply(broker(b, { config: { kind: 'ConfigMap', name: cm } }));
  const why = `unable to rebuild topic config, failed to get configmap default/${cm}`;
  await until(() => source.events.some((event) => event.includes('NotServing')));
  assert.ok(source.events.includes(`Warning NotServing Broker default/${b}: ${why}`));
});
