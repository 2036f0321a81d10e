/** Processes that share the partitions of a topic, and die. Real Kafka, its group settings as they come. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { startLocalKafka } from '@eventing-kafka/local-kafka';
import { startEgressProcess, type TestProcess } from '../testing/child-process.ts';
import { numbered, send } from '../testing/events.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { until } from '../testing/until.ts';

const partitions = 6;
const kafka = await startLocalKafka();
const { bootstrapServers } = kafka;
const clients = createKafkaClients();
const admin = await clients.topics({ bootstrapServers });
const producer = await clients.producer({ bootstrapServers });
after(async () => {
  await producer[Symbol.asyncDispose]();
  await admin[Symbol.asyncDispose]();
  await clients[Symbol.asyncDispose]();
  await kafka[Symbol.asyncDispose]();
});

/** Partitions that a process says it has, as its log tells. */
function partitionsOf(child: TestProcess): number[] {
  const owned = new Set<number>();
  for (const [, what, list] of child.output.matchAll(/partitions (assigned|given up|lost).*partitions=\[([\d,]*)\]/g)) {
    for (const partition of (list ?? '')
      .split(',')
      .filter((text) => text !== '')
      .map(Number)) {
      if (what === 'assigned') owned.add(partition);
      else owned.delete(partition);
    }
  }
  return [...owned];
}

/** Starts three processes; resolves when they share all partitions. */
async function startThree(
  topic: string,
  destination: string,
): Promise<AsyncDisposableStack & { children: TestProcess[] }> {
  const stack = new AsyncDisposableStack();
  const children = [1, 2, 3].map(() => stack.use(startEgressProcess(bootstrapServers, topic, destination)));
  await until(
    'all have a share',
    () => children.every((child) => partitionsOf(child).length === partitions / 3),
    () => children.map((child) => child.output),
  );
  return Object.assign(stack, { children });
}

for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
  test(`after a ${signal} of one of three, its partitions deliver again soon`, { timeout: 90_000 }, async (context) => {
    const topic = `failover-${signal.toLowerCase()}`;
    await admin.create({ name: topic, partitions, replicationFactor: 1 });
    const arrivedAt = new Map<string, number>();
    await using subscriber = await startSubscriber(({ id }) => {
      if (!arrivedAt.has(id)) arrivedAt.set(id, performance.now());
      return 204;
    });
    await using three = await startThree(topic, subscriber.url);
    // Signs of life have been seen by then.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const [victim] = three.children;
    assert.ok(victim !== undefined);
    const orphaned = partitionsOf(victim);
    victim.signal(signal);
    const killedAt = performance.now();
    const events = orphaned.map((partition) => ({ id: `orphan-${partition}`, partition }));
    await send(producer, topic, events);
    await until('those of its partitions arrived', () => events.every(({ id }) => arrivedAt.has(id)));
    const tookMs = Math.max(...events.map(({ id }) => (arrivedAt.get(id) ?? Infinity) - killedAt));
    context.diagnostic(
      `first delivery from partitions ${orphaned.join(', ')} ${Math.round(tookMs)} ms after ${signal}`,
    );
    if (signal === 'SIGSTOP') {
      victim.signal('SIGCONT');
      await until('it is back and has a share', () => three.children.every((child) => partitionsOf(child).length > 0));
    }
    await send(
      producer,
      topic,
      numbered(60, (index) => ({ partition: index % partitions }), 'later-'),
    );
    await until('all that comes later arrives', () =>
      numbered(60, undefined, 'later-').every(({ id }) => arrivedAt.has(id)),
    );
  });
}

test(
  'one that is killed and started again does not wait for its own session to end',
  { timeout: 60_000 },
  async (context) => {
    const topic = 'alone';
    await admin.create({ name: topic, partitions, replicationFactor: 1 });
    await using subscriber = await startSubscriber();
    {
      await using first = startEgressProcess(bootstrapServers, topic, subscriber.url);
      await until('it has all', () => partitionsOf(first).length === partitions);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      first.signal('SIGKILL');
      await first.ended;
    }
    const killedAt = performance.now();
    await using second = startEgressProcess(bootstrapServers, topic, subscriber.url);
    await send(
      producer,
      topic,
      numbered(6, (index) => ({ partition: index })),
    );
    await until(
      'all arrived',
      () => new Set(subscriber.ids).size === 6,
      () => second.output,
    );
    context.diagnostic(`all delivered ${Math.round(performance.now() - killedAt)} ms after the start`);
  },
);

test('a Kafka that is away for a while leaves everybody where they are', { timeout: 90_000 }, async (context) => {
  const topic = 'kafka-away';
  await admin.create({ name: topic, partitions, replicationFactor: 1 });
  await using subscriber = await startSubscriber();
  await using three = await startThree(topic, subscriber.url);
  const shares = three.children.map((child) => partitionsOf(child).toSorted());
  const goneAt = performance.now();
  await kafka.kill();
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  await kafka.restart();
  const backAt = performance.now();
  await until('it takes records', () =>
    send(
      producer,
      topic,
      numbered(6, (index) => ({ partition: index })),
    ).then(
      () => true,
      () => false,
    ),
  );
  await until('all arrived', () => new Set(subscriber.ids).size === 6);
  context.diagnostic(`all delivered ${Math.round(performance.now() - backAt)} ms after Kafka was back`);
  // On a busy machine Kafka may take longer to start than a session lasts; then partitions are shared anew.
  if (backAt - goneAt > 20_000) return;
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  assert.deepEqual(
    three.children.map((child) => partitionsOf(child).toSorted()),
    shares,
    three.children.map((child) => child.output).join('\n'),
  );
});

test('three that live are left alone, and one that stops needs no other to end it', { timeout: 60_000 }, async () => {
  const topic = 'all-alive';
  await admin.create({ name: topic, partitions, replicationFactor: 1 });
  await using subscriber = await startSubscriber();
  await using three = await startThree(topic, subscriber.url);
  const lines = (): number => three.children.reduce((sum, child) => sum + child.output.split('\n').length, 0);
  const before = lines();
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  assert.equal(lines(), before, three.children.map((child) => child.output).join('\n'));
  three.children[0]?.signal('SIGTERM');
  await three.children[0]?.ended;
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  assert.ok(three.children.every((child) => !child.output.includes('no sign of life')));
});
