import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import type { ContractUpdate } from '@eventing-kafka/contract';
import { KafkaError } from '@eventing-kafka/kafka-client';
import type { KafkaClients } from '@eventing-kafka/kafka-client';
import { MemorySource, keyText } from '@eventing-kafka/resources';

import {
  kafka,
  away,
  clients,
  fresh,
  broker,
  trigger,
  configMap,
  until,
  start,
  committed,
  send,
} from '../testing/world.ts';

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

const externalTopic = (name: string): Record<string, string> => ({
  'kafka.eventing.knative.dev/external.topic': name,
});

test('a Broker changes its topic only when the groups of its Triggers know where to start on the new one', async () => {
  await using world = await start();
  const [b, t, u, before, after] = [fresh('b'), fresh('t'), fresh('u'), fresh('before'), fresh('after')];
  await send(before, 4);
  await send(after, 8);
  const seen: unknown[] = [];
  const note = async ({ resources }: ContractUpdate): Promise<[]> => {
    const groups = [t, u].map((name) => `knative-trigger-default-${name}`);
    if ([...resources.values()].some(({ topics }) => topics[0] === after))
      seen.push(await Promise.all(groups.map((group) => committed(group, after))));
    return [];
  };
  await world.connect('receiver', 'r', note);
  await world.connect('dispatcher', 'd', note);
  world.source.apply(broker(b, {}, externalTopic(before)), trigger(t, b), trigger(u, b));
  await world.ready('Trigger', t);
  await world.ready('Trigger', u);
  world.source.apply(broker(b, {}, externalTopic(after)));
  await until(() => world.condition('Broker', b, 'TopicReady').includes(after) && seen.length >= 2);
  await world.ready('Trigger', t);
  const ends = [2, 2, 2, 2];
  assert.deepEqual(
    seen,
    seen.map(() => [ends, ends]),
  );
});

test('a group that cannot be placed on the new topic of its Broker keeps the old one in service, and is tried again', async () => {
  let refuses = true;
  let tries = 0;
  const after = fresh('after');
  const refusing: KafkaClients = {
    ...clients(),
    offsets: async (cluster) => {
      const offsets = await clients().offsets(cluster);
      return {
        fetch: (requests) => offsets.fetch(requests),
        commit: async (commits) => {
          const refused = commits.filter(({ topic, partition }) => refuses && topic === after && partition === 3);
          if (refused.length > 0) tries += 1;
          const results = await offsets.commit(commits.filter((commit) => !refused.includes(commit)));
          const error = new KafkaError('KAFKA_GROUP_HAS_MEMBERS', 'somebody reads with it');
          return [...results, ...refused.map((commit) => ({ ...commit, error }))];
        },
        [Symbol.asyncDispose]: () => offsets[Symbol.asyncDispose](),
      };
    },
  };
  await using world = await start({ kafka: refusing });
  const [b, t, before] = [fresh('b'), fresh('t'), fresh('before')];
  await send(before, 4);
  await send(after, 4);
  const receiver = await world.connect('receiver', 'r');
  await world.connect('dispatcher', 'd');
  world.source.apply(broker(b, {}, externalTopic(before)), trigger(t, b));
  await world.ready('Trigger', t);
  world.source.apply(broker(b, {}, externalTopic(after)));
  await until(() => tries > 1 && world.condition('Broker', b).includes('somebody reads with it'));
  assert.match(world.condition('Broker', b), /^False \| Failed to move consumer groups to topic: after-\d+ \| /);
  assert.deepEqual(receiver.updates.at(-1)?.resources.get(world.uid('Broker', b))?.topics, [before]);
  // What comes meanwhile does not move the place that was found first.
  await send(after, 4);
  refuses = false;
  await until(() => receiver.updates.at(-1)?.resources.get(world.uid('Broker', b))?.topics[0] === after);
  await world.ready('Broker', b);
  assert.deepEqual(await committed(`knative-trigger-default-${t}`, after), [1, 1, 1, 1]);
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

for (const [first, second] of [
  ['Broker', 'Trigger'],
  ['Trigger', 'Broker'],
] as const) {
  test(`told to delete data, the group of a Trigger goes also when the ${first} is removed first`, async () => {
    await using world = await start({ deleteData: true });
    const [b, t] = [fresh('b'), fresh('t')];
    const [topic, group] = [`knative-broker-default-${b}`, `knative-trigger-default-${t}`];
    await world.connect('receiver', 'r');
    await world.connect('dispatcher', 'd');
    world.source.apply(broker(b), trigger(t, b));
    await world.ready('Trigger', t);
    assert.deepEqual(await committed(group, topic), [0, 0, 0, 0]);
    for (const kind of [first, second]) {
      const name = kind === 'Broker' ? b : t;
      world.source.remove({ kind, namespace: 'default', name });
      await until(() => world.transitions.some((line) => line.startsWith(`no longer serving ${kind} default/${name}`)));
    }
    assert.deepEqual(await committed(group, topic), [undefined, undefined, undefined, undefined]);
  });
}

test('a Broker that was removed with its topic and comes back has its Triggers begin anew', async () => {
  await using world = await start({ deleteData: true });
  const [b, t] = [fresh('b'), fresh('t')];
  const [topic, group] = [`knative-broker-default-${b}`, `knative-trigger-default-${t}`];
  await world.connect('receiver', 'r');
  await world.connect('dispatcher', 'd');
  world.source.apply(broker(b), trigger(t, b));
  await world.ready('Trigger', t);
  world.source.remove({ kind: 'Broker', namespace: 'default', name: b });
  await until(() => world.transitions.some((line) => line.startsWith(`no longer serving Broker default/${b}`)));
  await until(() => world.condition('Trigger', t).includes('BrokerDoesNotExist'));
  // A real Kafka forgets what groups committed on a topic that is deleted.
  await using admin = await kafka.clients.topics({ bootstrapServers: kafka.bootstrapServers });
  await admin.deleteGroup(group);
  world.source.apply(broker(b));
  await world.ready('Trigger', t);
  assert.deepEqual(await committed(group, topic), [0, 0, 0, 0]);
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

test('a stop waits neither for a Kafka that answers nothing nor for a status that cannot be written', async () => {
  const never = new Promise<never>(() => undefined);
  const opened = Promise.withResolvers<undefined>();
  const writing = Promise.withResolvers<undefined>();
  const silent: KafkaClients = {
    ...clients(),
    topics: async (cluster) => {
      const admin = await clients().topics(cluster);
      const create = (): Promise<never> => (opened.resolve(undefined), never);
      const describe = admin.describe.bind(admin);
      return { ...admin, create, describe, [Symbol.asyncDispose]: () => never };
    },
  };
  const source = new MemorySource();
  source.writeStatus = (): Promise<never> => (writing.resolve(undefined), never);
  const world = await start({ kafka: silent, source });
  source.apply(broker(fresh('b')), trigger(fresh('t'), 'nobody'));
  await Promise.all([opened.promise, writing.promise]);
  await world[Symbol.asyncDispose]();
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
