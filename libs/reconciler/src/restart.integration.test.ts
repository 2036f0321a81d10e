import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import type { KafkaClients } from '@eventing-kafka/kafka-client';
import { MemorySource, conditionOf } from '@eventing-kafka/resources';
import type { ResourceStatus, ServedKey } from '@eventing-kafka/resources';
import { TestRoster, pod } from '../testing/test-roster.ts';
import { broker, clients, fresh, start, trigger, until } from '../testing/world.ts';

/** The same objects as in a source that was served, with the status that was written. */
async function found(source: MemorySource, objects: readonly object[], keys: readonly ServedKey[]) {
  const again = new MemorySource();
  again.apply(...objects);
  for (const key of keys) {
    const status = source.readStatus(key);
    assert.ok(status, key.name);
    await again.writeStatus(key, status);
  }
  return again;
}

/** A Broker and a Trigger as a controller leaves them. */
async function servedOnce(): Promise<{ readonly source: MemorySource; readonly b: string; readonly t: string }> {
  const source = new MemorySource();
  const [b, t] = [fresh('b'), fresh('t')];
  const objects = [broker(b), trigger(t, b)];
  source.apply(...objects);
  await using first = await start({ source });
  await first.connect('receiver', 'r');
  await first.connect('dispatcher', 'd');
  await first.ready('Trigger', t);
  // What is known inside is written a moment later.
  const key = { kind: 'Trigger', namespace: 'default', name: t } as const;
  await until(() => conditionOf(source.readStatus(key)?.conditions ?? [], 'Ready')?.status === 'True');
  return { source: await found(source, objects, [{ kind: 'Broker', namespace: 'default', name: b }, key]), b, t };
}

test('a restart does not wait until Kafka has told the offsets of groups that were served before', async () => {
  const { source, t } = await servedOnce();
  const never = new Promise<never>(() => undefined);
  const slow: KafkaClients = {
    ...clients(),
    offsets: async (cluster) => {
      const store = await clients().offsets(cluster);
      return { fetch: () => never, commit: store.commit.bind(store), [Symbol.asyncDispose]: () => Promise.resolve() };
    },
  };
  await using second = await start({ source, kafka: slow, epoch: 2n });
  await second.connect('receiver', 'r');
  const dispatcher = await second.connect('dispatcher', 'd');
  await until(() => dispatcher.updates.length > 0);
  assert.deepEqual(
    dispatcher.updates.map(({ resources }) => [...resources.values()].map(({ egresses }) => egresses.length)),
    [[1]],
  );
  await second.ready('Trigger', t);
});

test('the first contract waits for all objects, however long it takes, while there is progress', async () => {
  const slow: KafkaClients = {
    ...clients(),
    topics: async (cluster) => {
      const admin = await clients().topics(cluster);
      const create: typeof admin.create = async (topic) => {
        await delay(40);
        return admin.create(topic);
      };
      const describe = admin.describe.bind(admin);
      return { ...admin, create, describe, [Symbol.asyncDispose]: () => Promise.resolve() };
    },
  };
  const source = new MemorySource();
  source.apply(...Array.from({ length: 20 }, () => broker(fresh('b'))));
  await using world = await start({ source, kafka: slow, concurrency: 1, firstPublishTimeoutMs: 400 });
  const receiver = await world.connect('receiver', 'r');
  await until(() => receiver.updates.length > 0);
  assert.equal(receiver.updates[0]?.resources.size, 20);
});

test('a restart says nothing of objects while a process that is back takes its time to answer', async () => {
  const { source, b, t } = await servedOnce();
  const written: ResourceStatus[] = [];
  const write = source.writeStatus.bind(source);
  source.writeStatus = (key, status) => {
    written.push(status);
    return write(key, status);
  };
  const graceMs = 1_000;
  const roster = new TestRoster(pod('receiver', 'r'), pod('dispatcher', 'd'));
  await using second = await start({ source, roster, graceMs, epoch: 2n });
  await second.connect('receiver', 'r');
  const dispatcher = await second.connect('dispatcher', 'd', () => delay(graceMs * 1.5).then(() => []));
  await until(() => dispatcher.subscription.revision !== undefined);
  await until(() => second.transitions.some((line) => line.startsWith(`serving Trigger default/${t}`)));
  assert.equal(second.condition('Broker', b), 'True');
  assert.deepEqual(written, []);
});
