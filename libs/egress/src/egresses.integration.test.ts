import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { InitialOffset, type EgressRuntimeState, type RefusedPart } from '@eventing-kafka/contract';
import {
  createKafkaClients,
  KafkaError,
  type EventProducer,
  type FeedHandler,
  type KafkaClients,
  type OffsetStore,
} from '@eventing-kafka/kafka-client';
import { startEmbeddedKafka, type EmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import { silentLogger } from '@eventing-kafka/logging';
import { startMetrics, type Metrics } from '@eventing-kafka/metrics';
import { createNoopMeter } from '@opentelemetry/api';
import { broker, ContractDriver, exactly, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { until } from '../testing/until.ts';
import { startEgresses, type Egresses, type EgressesOptions } from './index.ts';

let kafka: EmbeddedKafka;
let producer: EventProducer;
let topics = 0;

before(async () => {
  kafka = await startEmbeddedKafka();
  producer = await kafka.clients.producer({ bootstrapServers: kafka.bootstrapServers });
});
after(async () => {
  await producer[Symbol.asyncDispose]();
  await kafka[Symbol.asyncDispose]();
});

/** A topic of its own for each test, so that tests say nothing to each other. */
async function freshTopic(name: string): Promise<string> {
  topics += 1;
  const topic = `${name}-${topics}`;
  // The embedded Kafka makes topics on first use.
  await using admin = await kafka.clients.topics({ bootstrapServers: kafka.bootstrapServers });
  await admin.create({ name: topic, partitions: 4, replicationFactor: 1 });
  return topic;
}

function start(options: Partial<EgressesOptions> = {}): Promise<Egresses> {
  return startEgresses({ kafka: kafka.clients, logger: silentLogger, meter: createNoopMeter(), ...options });
}

/** Sum of the committed offsets of a group. */
async function committed(clients: KafkaClients, groupId: string, topic: string): Promise<number> {
  await using store = await clients.offsets({ bootstrapServers: kafka.bootstrapServers });
  const offsets = await store.fetch([{ groupId, topic, partitions: [0, 1, 2, 3] }]);
  return offsets.reduce((sum, { offset }) => sum + (offset ?? 0), 0);
}

const sorted = (ids: readonly string[]): string[] => ids.toSorted((a, b) => Number(a) - Number(b));
const each = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

describe('delivery', { timeout: 120_000 }, () => {
  test('each egress gets what its filter wants, once, and commits all it has passed', async () => {
    const topic = await freshTopic('filters');
    await using all = await startSubscriber();
    await using some = await startSubscriber();
    await using none = await startSubscriber();
    await using egresses = await start({ limits: { filteredCommitIntervalMs: 100 } });
    const contract = new ContractDriver(egresses);
    const refused = await contract.serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-all`, all.url),
        trigger(`${topic}-some`, some.url, { dialectedFilter: exactly({ type: 'odd' }) }),
        trigger(`${topic}-none`, none.url, { dialectedFilter: exactly({ source: 'random' }) }),
      ]),
    ]);
    assert.deepEqual(refused, []);
    await send(
      producer,
      topic,
      numbered(200, (index) => ({ type: index % 2 === 1 ? 'odd' : 'even' })),
    );
    await until(
      'all arrived',
      () => all.requests.length === 200 && some.requests.length === 100,
      () => [all.requests.length, some.requests.length],
    );
    assert.deepEqual(sorted(all.ids), each(200));
    assert.deepEqual(
      sorted(some.ids),
      each(200).filter((id) => Number(id) % 2 === 1),
    );
    await until(
      'D1: filtered records are committed too',
      async () => (await committed(kafka.clients, `knative-trigger-ns-${topic}-none`, topic)) === 200,
    );
    await until(
      'delivered records are committed',
      async () => (await committed(kafka.clients, `knative-trigger-ns-${topic}-all`, topic)) === 200,
    );
    assert.equal(none.requests.length, 0);
  });

  test('D7: replies go back to the topic and reach the triggers that want them', async () => {
    const topic = await freshTopic('replies');
    const reply = (specversion: string, id: string, type: string) => ({
      status: 200,
      headers: { 'ce-specversion': specversion, 'ce-id': id, 'ce-source': '/s', 'ce-type': type },
    });
    let answered = false;
    await using s1 = await startSubscriber(() => {
      if (answered) return 204;
      answered = true;
      return reply('0.3', 'r1', 'type-ce-2');
    });
    await using s2 = await startSubscriber(() => reply('1.0', 'r2', 'type-ce-1'));
    await using s3 = await startSubscriber();
    await using egresses = await start();
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-1`, s1.url, { dialectedFilter: exactly({ type: 'type-ce-1' }) }),
        trigger(`${topic}-2`, s2.url, { dialectedFilter: exactly({ type: 'type-ce-2' }) }),
        trigger(`${topic}-3`, s3.url, { filter: { attributes: { source: 'random' } } }),
      ]),
    ]);
    await send(producer, topic, [{ id: 'first', type: 'type-ce-1' }]);
    await until('the reply to the reply arrived', () => s1.requests.length === 2);
    assert.deepEqual(s1.ids, ['first', 'r2']);
    assert.deepEqual(
      s2.requests.map(({ id, headers }) => [id, headers['ce-specversion']]),
      [['r1', '0.3']],
    );
    assert.equal(s3.requests.length, 0);
  });

  test('D8: two resources with two egresses each, all events everywhere', async () => {
    const first = await freshTopic('d8');
    const second = await freshTopic('d8');
    const subscribers = await Promise.all([1, 2, 3, 4].map(() => startSubscriber()));
    await using stack = new AsyncDisposableStack();
    for (const subscriber of subscribers) stack.use(subscriber);
    const [a, b, c, d] = subscribers.map(({ url }) => url);
    await using egresses = await start();
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, first, [trigger(`${first}-a`, a!), trigger(`${first}-b`, b!)]),
      broker(kafka.bootstrapServers, second, [trigger(`${second}-c`, c!), trigger(`${second}-d`, d!)]),
    ]);
    await Promise.all([first, second].map((topic) => send(producer, topic, numbered(3))));
    await until('each got three', () => subscribers.every(({ requests }) => requests.length === 3));
    for (const { ids } of subscribers) assert.deepEqual(sorted(ids), ['0', '1', '2']);
  });

  test('D5: a record that is no event is passed over, and what follows arrives', async () => {
    const topic = await freshTopic('undecodable');
    await using subscriber = await startSubscriber();
    await using egresses = await start();
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)]),
    ]);
    await producer.send({
      topic,
      partition: 0,
      key: null,
      value: Buffer.from([1, 4]),
      headers: [{ name: 'knative', value: 'knative' }],
    });
    await send(producer, topic, [{ id: 'good', partition: 0 }]);
    await until('the good one arrived', () => subscriber.requests.length === 1);
    await until(
      'both are committed',
      async () => (await committed(kafka.clients, `knative-trigger-ns-${topic}-t`, topic)) === 2,
    );
  });

  test('metrics tell of outcomes, lost events and latencies', async () => {
    const topic = await freshTopic('metrics');
    await using metrics: Metrics = await startMetrics({
      serviceName: 's',
      serviceNamespace: 'n',
      host: '127.0.0.1',
      port: 0,
      readiness: () => ({ ready: true }),
    });
    await using subscriber = await startSubscriber(({ id }) => (id === '1' ? 400 : 202));
    await using egresses = await start({ meter: metrics.meter });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)]),
    ]);
    await send(producer, topic, numbered(3));
    await until('all arrived', () => subscriber.requests.length === 3);
    const page = async (): Promise<string> => (await fetch(new URL('/metrics', metrics.admin.url))).text();
    const line = (text: string, ...parts: string[]): string =>
      text.split('\n').find((one) => parts.every((part) => one.includes(part))) ?? '';
    await until('outcomes are counted', async () =>
      line(await page(), 'delivery_outcomes', 'outcome="delivered"').includes(' 2'),
    );
    const text = await page();
    assert.match(line(text, 'kn_eventing_kafka_lost_events', 'cloudevents_type="test"'), / 1\b/);
    assert.match(
      line(
        text,
        'kn_eventing_dispatch_latency_ms_count',
        'http_response_status_code="202"',
        `kn_trigger_name="${topic}-t"`,
        'kn_trigger_namespace="ns"',
      ),
      / 2\b/,
    );
    assert.notEqual(line(text, 'kn_eventing_process_latency_ms_count'), '');
  });
});

describe('order', { timeout: 120_000 }, () => {
  test('ordered: one at a time for each partition, in order, whatever the outcome (Q4, Q6)', async () => {
    const topic = await freshTopic('ordered');
    const open = new Map<string, number>();
    let overlapped = false;
    const seen = new Map<string, number[]>();
    await using subscriber = await startSubscriber(async ({ headers, id, attempt }) => {
      const partition = String(headers['ce-knativekafkapartition']);
      open.set(partition, (open.get(partition) ?? 0) + 1);
      overlapped ||= open.get(partition) !== 1;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
      open.set(partition, 0);
      if (Number(id) % 10 === 0 && attempt === 1) return 500;
      seen.set(partition, [...(seen.get(partition) ?? []), Number(headers['ce-knativekafkaoffset'])]);
      return 204;
    });
    await using egresses = await start();
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-t`, subscriber.url, {
          deliveryOrder: 1,
          egressConfig: { retry: 1, backoffPolicy: 1, backoffDelay: 5n },
        }),
      ]),
    ]);
    await send(
      producer,
      topic,
      numbered(200, (index) => ({ partition: index % 4 })),
    );
    await until('all arrived', () => [...seen.values()].flat().length === 200);
    assert.equal(overlapped, false);
    for (const offsets of seen.values()) assert.deepEqual(offsets, each(50).map(Number));
  });

  test('Q6: a partition that is stuck holds back no other', async () => {
    const topic = await freshTopic('stuck');
    await using subscriber = await startSubscriber(({ headers }) =>
      headers['ce-knativekafkapartition'] === '0' ? 'never' : 204,
    );
    await using egresses = await start({ drainTimeoutMs: 100 });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url, { deliveryOrder: 1 })]),
    ]);
    await send(
      producer,
      topic,
      numbered(400, (index) => ({ partition: index % 4 })),
    );
    await until('the others are through', () => subscriber.requests.length === 301);
    assert.equal(subscriber.requests.filter(({ headers }) => headers['ce-knativekafkapartition'] === '0').length, 1);
  });

  test('key: records of a key one at a time and in order, keys beside each other', async () => {
    const topic = await freshTopic('keys');
    const open = new Set<string>();
    let overlapped = false;
    const seen = new Map<string, number[]>();
    await using subscriber = await startSubscriber(async ({ headers, id }) => {
      const key = String(headers['ce-partitionkey']);
      overlapped ||= open.has(key);
      open.add(key);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      open.delete(key);
      seen.set(key, [...(seen.get(key) ?? []), Number(id)]);
      return 204;
    });
    await using egresses = await start();
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url, { deliveryOrder: 2 })]),
    ]);
    await send(
      producer,
      topic,
      numbered(300, (index) => ({ key: `k${index % 7}`, extensions: { partitionkey: `k${index % 7}` } })),
    );
    await until('all arrived', () => [...seen.values()].flat().length === 300);
    assert.equal(overlapped, false);
    assert.ok(subscriber.mostOpen > 1, 'keys are delivered beside each other');
    for (const ids of seen.values())
      assert.deepEqual(
        ids,
        ids.toSorted((a, b) => a - b),
      );
  });

  test('Q5: unordered deliveries stay below the limit however slow the subscriber is', async () => {
    const topic = await freshTopic('limit');
    await using subscriber = await startSubscriber(() => 'never');
    await using egresses = await start({ limits: { maxInFlight: 20 }, drainTimeoutMs: 100 });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)]),
    ]);
    await send(producer, topic, numbered(1_000));
    await until('the limit is reached', () => subscriber.open === 20);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(subscriber.mostOpen, 20);
  });
});

describe('changes of the contract', { timeout: 120_000 }, () => {
  test('destination, filter and delivery change in place: nothing is lost, nothing is delivered again', async () => {
    const topic = await freshTopic('inplace');
    await using before = await startSubscriber();
    await using later = await startSubscriber();
    await using egresses = await start();
    const contract = new ContractDriver(egresses);
    await contract.serve([broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, before.url)])]);
    await send(producer, topic, numbered(100));
    await until('the first hundred arrived', () => before.requests.length === 100);
    await contract.serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-t`, later.url, { dialectedFilter: exactly({ type: 'wanted' }) }),
      ]),
    ]);
    await send(
      producer,
      topic,
      numbered(100, (index) => ({ type: index % 2 === 0 ? 'wanted' : 'other' }), 'x'),
    );
    await until('the wanted ones arrived', () => later.requests.length === 50);
    assert.equal(before.requests.length, 100);
    assert.equal(new Set(later.ids).size, 50);
  });

  test('a changed destination is taken up by deliveries that wait for a retry', async () => {
    const topic = await freshTopic('rescued');
    await using broken = await startSubscriber(() => 503);
    await using mended = await startSubscriber();
    await using egresses = await start();
    const contract = new ContractDriver(egresses);
    const serve = (url: string): Promise<unknown> =>
      contract.serve([
        broker(kafka.bootstrapServers, topic, [
          trigger(`${topic}-t`, url, { egressConfig: { retry: 1_000, backoffPolicy: 1, backoffDelay: 20n } }),
        ]),
      ]);
    await serve(broken.url);
    await send(producer, topic, numbered(5));
    await until('it is being retried', () => broken.requests.length > 10);
    await serve(mended.url);
    await until('all arrived', () => mended.requests.length === 5);
  });

  test('egresses are added, changed and removed under load, and each that stays gets every event', async () => {
    const topic = await freshTopic('load');
    await using stays = await startSubscriber();
    await using comes = await startSubscriber();
    await using egresses = await start();
    const contract = new ContractDriver(egresses);
    const staying = trigger(`${topic}-stays`, stays.url);
    await contract.serve([broker(kafka.bootstrapServers, topic, [staying])]);
    const sending = (async () => {
      for (let round = 0; round < 20; round += 1) {
        await send(
          producer,
          topic,
          numbered(50, () => ({}), `${round}.`),
        );
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    for (let round = 0; round < 6; round += 1) {
      const coming = trigger(`${topic}-comes`, comes.url, { egressConfig: { retry: round } });
      await contract.serve([broker(kafka.bootstrapServers, topic, round % 3 === 2 ? [staying] : [staying, coming])]);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await contract.serve([broker(kafka.bootstrapServers, topic, [staying, trigger(`${topic}-comes`, comes.url)])]);
    await sending;
    await until(
      'all arrived at both',
      () => new Set(stays.ids).size === 1_000 && new Set(comes.ids).size === 1_000,
      () => [new Set(stays.ids).size, new Set(comes.ids).size],
    );
    assert.equal(stays.requests.length, 1_000);
  });

  test('latest: events posted after the contract was applied arrive, those before do not', async () => {
    const topic = await freshTopic('latest');
    await using subscriber = await startSubscriber();
    await using egresses = await start();
    await send(
      producer,
      topic,
      numbered(40, () => ({}), 'old'),
    );
    const refused = await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-t`, subscriber.url, { initialOffset: InitialOffset.LATEST }),
      ]),
    ]);
    assert.deepEqual(refused, []);
    await send(producer, topic, numbered(40));
    await until('the new ones arrived', () => subscriber.requests.length >= 40);
    assert.deepEqual(sorted(subscriber.ids), each(40));
  });

  test('what cannot be served is refused by name while the rest is served', async () => {
    const topic = await freshTopic('refused');
    await using subscriber = await startSubscriber();
    await using egresses = await start();
    const refused = await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-good`, subscriber.url),
        trigger(`${topic}-bad`, subscriber.url, {
          dialectedFilter: [{ filter: { $case: 'cesql', value: { expression: '(' } } }],
        }),
      ]),
    ]);
    assert.deepEqual(
      refused.map(({ egressUid, reason }) => [egressUid, reason]),
      [[`trigger-${topic}-bad`, 'InvalidFilter']],
    );
    await send(producer, topic, numbered(1));
    await until('the good one delivers', () => subscriber.requests.length === 1);
  });

  test('states tell phase, partitions, lag and the last failure', async () => {
    const topic = await freshTopic('states');
    const states: EgressRuntimeState[] = [];
    await using subscriber = await startSubscriber(() => 400);
    await using egresses = await start({
      onState: (news) => states.push(...news),
      limits: { stateIntervalMs: 20, lagIntervalMs: 50 },
    });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)]),
    ]);
    await send(producer, topic, numbered(1));
    await until(
      'it is told',
      () => {
        const last = states.at(-1);
        return (
          last?.phase === 'delivering' &&
          last.partitions.length === 4 &&
          last.lag === 0n &&
          last.lastDeliveryError?.includes('400') === true
        );
      },
      () => states.at(-1)?.lastDeliveryError,
    );
  });
});

describe('restarts and sharing', { timeout: 120_000 }, () => {
  test('a restart goes on where it stopped: nothing is lost, and after a clean stop nothing repeated', async () => {
    const topic = await freshTopic('restart');
    await using subscriber = await startSubscriber();
    const contract = [broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)])];
    {
      await using egresses = await start();
      await new ContractDriver(egresses).serve(contract);
      await send(producer, topic, numbered(100));
      await until('the first arrived', () => subscriber.requests.length > 0);
    }
    await send(
      producer,
      topic,
      numbered(100, (index) => ({ id: String(100 + index) })),
    );
    await using again = await start();
    await new ContractDriver(again).serve(contract);
    await until('all arrived', () => new Set(subscriber.ids).size === 200);
    assert.deepEqual(sorted(subscriber.ids), each(200));
  });

  test('deliveries that wait for a retry are given up at a stop and made again after it', async () => {
    const topic = await freshTopic('sleeping');
    let up = false;
    await using subscriber = await startSubscriber(() => (up ? 204 : 503));
    const contract = [
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-t`, subscriber.url, {
          egressConfig: { retry: 3, backoffPolicy: 1, backoffDelay: 3_600_000n },
        }),
      ]),
    ];
    {
      await using egresses = await start({ drainTimeoutMs: 60_000 });
      await new ContractDriver(egresses).serve(contract);
      await send(producer, topic, numbered(10));
      await until('all sleep', () => subscriber.requests.length === 10 && subscriber.open === 0);
    }
    up = true;
    await using again = await start();
    await new ContractDriver(again).serve(contract);
    await until('all are made again', () => subscriber.requests.length === 20);
    assert.deepEqual(sorted(subscriber.ids.slice(10)), each(10));
  });

  test('completions above an unfinished record survive a restart', async () => {
    const topic = await freshTopic('sparse');
    let up = false;
    await using subscriber = await startSubscriber(({ id }) => (id === '0' && !up ? 'never' : 204));
    const contract = [broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)])];
    {
      await using egresses = await start({ drainTimeoutMs: 100 });
      await new ContractDriver(egresses).serve(contract);
      await send(
        producer,
        topic,
        numbered(50, () => ({ partition: 0 })),
      );
      await until('all but the first are done', () => subscriber.requests.length === 50 && subscriber.open === 1);
    }
    up = true;
    await using again = await start();
    await new ContractDriver(again).serve(contract);
    await until('the first is done', () => subscriber.requests.length === 51);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual(subscriber.ids.slice(50), ['0']);
  });

  test('two processes share the partitions of a topic, and nothing is lost when they come and go', async () => {
    const topic = await freshTopic('shared');
    await using subscriber = await startSubscriber();
    const contract = [broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)])];
    await using first = await start();
    await new ContractDriver(first).serve(contract);
    let sent = 0;
    const stop = new AbortController();
    const load = (async () => {
      while (!stop.signal.aborted) {
        await send(
          producer,
          topic,
          numbered(20, (index) => ({ id: String(sent + index) })),
        );
        sent += 20;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const shares: number[] = [];
    {
      await using second = await start({
        onState: (states) => shares.push(states[0]?.partitions.length ?? 0),
        limits: { stateIntervalMs: 20 },
      });
      await new ContractDriver(second).serve(contract);
      await until(
        'the second has its share',
        () => shares.at(-1) === 2,
        () => shares,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    stop.abort();
    await load;
    await until(
      'all arrived',
      () => new Set(subscriber.ids).size === sent,
      () => [new Set(subscriber.ids).size, sent],
    );
    const repeated = subscriber.requests.length - sent;
    assert.ok(repeated < sent / 10, `${repeated} of ${sent} were delivered again`);
  });
});

describe('slow subscribers', { timeout: 120_000 }, () => {
  test('a dead subscriber holds back nobody, memory stays bounded, and it catches up once it is back', async () => {
    const topic = await freshTopic('slow');
    let up = false;
    const data = Buffer.alloc(10_000, 'x');
    await using fast = await startSubscriber();
    await using dead = await startSubscriber(() => (up ? 204 : 'never'));
    await using egresses = await start({
      limits: { maxBufferedBytes: 2 * 1024 * 1024, maxInFlight: 10 },
      drainTimeoutMs: 100,
    });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-fast`, fast.url),
        trigger(`${topic}-dead`, dead.url, {
          egressConfig: { timeout: 300n, retry: 1_000, backoffPolicy: 1, backoffDelay: 1n },
        }),
      ]),
    ]);
    await send(
      producer,
      topic,
      numbered(1_000, () => ({ data })),
    );
    await until(
      'the fast one has all',
      () => fast.requests.length === 1_000,
      () => fast.requests.length,
    );
    assert.ok(new Set(dead.ids).size <= 10);
    up = true;
    await until(
      'the other caught up',
      () => new Set(dead.ids).size === 1_000,
      () => new Set(dead.ids).size,
    );
    assert.equal(fast.requests.length, 1_000);
    await send(
      producer,
      topic,
      numbered(10, () => ({}), 'more'),
    );
    await until('both go on at the head', () => fast.requests.length === 1_010 && new Set(dead.ids).size === 1_010);
  });

  test('a new egress that starts far behind catches up without making others read again', async () => {
    const topic = await freshTopic('behind');
    await using old = await startSubscriber();
    await using late = await startSubscriber();
    await using egresses = await start();
    const contract = new ContractDriver(egresses);
    await contract.serve([broker(kafka.bootstrapServers, topic, [trigger(`${topic}-old`, old.url)])]);
    await send(producer, topic, numbered(2_000));
    await until('the old one has all', () => old.requests.length === 2_000);
    await contract.serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-old`, old.url), trigger(`${topic}-late`, late.url)]),
    ]);
    await until(
      'the late one has all',
      () => new Set(late.ids).size === 2_000,
      () => late.requests.length,
    );
    await send(
      producer,
      topic,
      numbered(10, () => ({}), 'more'),
    );
    await until(
      'both go on',
      () => old.requests.length === 2_010 && late.requests.length === 2_010,
      () => [old.requests.length, late.requests.length],
    );
  });
});

/** Clients of which some calls do what the test says. */
function changed(clients: KafkaClients, changes: Partial<KafkaClients>): KafkaClients {
  return {
    producer: (cluster, settings) => clients.producer(cluster, settings),
    feed: (cluster, options) => clients.feed(cluster, options),
    reader: (cluster, options) => clients.reader(cluster, options),
    topics: (cluster) => clients.topics(cluster),
    offsets: (cluster) => clients.offsets(cluster),
    [Symbol.asyncDispose]: () => Promise.resolve(),
    ...changes,
  };
}

/** Clients whose offset store does what the test says with some calls. */
function withStore(clients: KafkaClients, changes: (store: OffsetStore) => Partial<OffsetStore>): KafkaClients {
  return changed(clients, {
    offsets: async (cluster) => {
      const store = await clients.offsets(cluster);
      return {
        fetch: (requests) => store.fetch(requests),
        commit: (commits) => store.commit(commits),
        [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
        ...changes(store),
      };
    },
  });
}

/** Clients whose offset store refuses commits to one group while it has members, as Kafka does. */
function withMembers(clients: KafkaClients, group: { readonly id: string; members: boolean }): KafkaClients {
  return withStore(clients, (store) => ({
    commit: async (commits) => {
      const isRefused = ({ groupId }: { groupId: string }): boolean => group.members && groupId === group.id;
      const error = new KafkaError('KAFKA_GROUP_HAS_MEMBERS', `group ${group.id} has members`);
      const results = await store.commit(commits.filter((commit) => !isRefused(commit)));
      return [...results, ...commits.filter(isRefused).map((commit) => ({ ...commit, error }))];
    },
  }));
}

describe('Kafka', { timeout: 120_000 }, () => {
  test('while somebody else works for the group nothing is delivered, and all of it once the group is free', async () => {
    const topic = await freshTopic('members');
    const states: EgressRuntimeState[] = [];
    await using subscriber = await startSubscriber();
    await using other = await startSubscriber();
    const group = { id: `knative-trigger-ns-${topic}-t`, members: true };
    await using egresses = await start({
      kafka: withMembers(kafka.clients, group),
      limits: { blockedRetryMs: 50, stateIntervalMs: 20 },
      onState: (news) => states.push(...news),
    });
    const contract = new ContractDriver(egresses);
    const refused = await contract.serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url), trigger(`${topic}-o`, other.url)]),
    ]);
    assert.deepEqual(
      refused.map(({ egressUid, reason, message }) => [egressUid, reason, message]),
      [[`trigger-${topic}-t`, 'NotReading', `group ${group.id} has members`]],
    );
    await send(producer, topic, numbered(20));
    await until('others are served', () => other.requests.length === 20);
    await until('it is told', () =>
      states.some((state) => state.phase === 'blocked' && state.lastDeliveryError === `group ${group.id} has members`),
    );
    assert.equal(subscriber.requests.length, 0);
    group.members = false;
    await until('all arrived', () => subscriber.requests.length === 20);
    await until('it works', () =>
      states.some((state) => state.egressUid === `trigger-${topic}-t` && state.phase === 'delivering'),
    );
  });

  test('a group that gets members while we deliver stops us, and what they committed is not delivered again', async () => {
    const topic = await freshTopic('joined');
    await using subscriber = await startSubscriber();
    const group = { id: `knative-trigger-ns-${topic}-t`, members: false };
    await using egresses = await start({
      kafka: withMembers(kafka.clients, group),
      limits: { blockedRetryMs: 50, commitIntervalMs: 20 },
    });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)]),
    ]);
    await send(
      producer,
      topic,
      numbered(10, () => ({ partition: 0 })),
    );
    await until('ours arrived', () => subscriber.requests.length === 10);
    await until('ours are committed', async () => (await committed(kafka.clients, group.id, topic)) === 10);
    group.members = true;
    await send(producer, topic, [{ id: 'noticed', partition: 0 }]);
    await until('the commit was refused', () => subscriber.requests.length === 11);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await send(
      producer,
      topic,
      numbered(10, () => ({ partition: 0 }), 'theirs'),
    );
    await using store = await kafka.clients.offsets({ bootstrapServers: kafka.bootstrapServers });
    await store.commit([{ groupId: group.id, topic, partition: 0, offset: 21, metadata: '' }]);
    group.members = false;
    await send(producer, topic, [{ id: 'ours again', partition: 0 }]);
    await until('we go on', () => subscriber.ids.includes('ours%20again') || subscriber.ids.includes('ours again'));
    assert.deepEqual(
      subscriber.ids.filter((id) => id.startsWith('theirs')),
      [],
    );
  });

  test('a group that cannot be read holds back no other, and is served once it can be', async () => {
    const topic = await freshTopic('unreadable');
    await using subscriber = await startSubscriber();
    await using other = await startSubscriber();
    const unreadable = `knative-trigger-ns-${topic}-t`;
    let isReadable = false;
    const error = new KafkaError('KAFKA_AUTHORIZATION', 'no right to read the group', { retriable: true });
    const clients = withStore(kafka.clients, (store) => ({
      fetch: async (requests) =>
        (await store.fetch(requests)).map((row) =>
          isReadable || row.groupId !== unreadable ? row : { ...row, offset: undefined, error },
        ),
    }));
    await using egresses = await start({ kafka: clients });
    const refused = await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url), trigger(`${topic}-o`, other.url)]),
    ]);
    assert.deepEqual(
      refused.map(({ egressUid, message }) => [egressUid, message]),
      [[`trigger-${topic}-t`, 'no right to read the group']],
    );
    await send(producer, topic, numbered(20));
    await until('the other has all', () => other.requests.length === 20);
    assert.equal(subscriber.requests.length, 0);
    isReadable = true;
    await until('all arrived', () => subscriber.requests.length === 20);
  });

  test('commits that are not answered do not keep the end waiting', async () => {
    const topic = await freshTopic('unanswered');
    await using subscriber = await startSubscriber();
    let isSilent = false;
    let asked = 0;
    const clients = withStore(kafka.clients, (store) => {
      const closed = Promise.withResolvers<undefined>();
      return {
        commit: async (commits) => {
          asked += 1;
          if (isSilent) await closed.promise;
          return store.commit(commits);
        },
        [Symbol.asyncDispose]: async () => {
          closed.resolve(undefined);
          await store[Symbol.asyncDispose]();
        },
      };
    });
    const egresses = await start({ kafka: clients, limits: { commitIntervalMs: 10 } });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)]),
    ]);
    await send(producer, topic, numbered(10));
    await until('all arrived', () => subscriber.requests.length === 10);
    isSilent = true;
    asked = 0;
    await send(producer, topic, numbered(10));
    await until('a commit is under way', () => subscriber.requests.length === 20 && asked > 0);
    await egresses[Symbol.asyncDispose]();
  });

  test('nothing is opened once the end has begun', async () => {
    const [first, second] = [await freshTopic('end'), await freshTopic('end')];
    await using hung = await startSubscriber(() => 'never');
    const opened: string[] = [];
    const clients = changed(kafka.clients, {
      feed: (cluster, options) => {
        opened.push(options.topic);
        return kafka.clients.feed(cluster, options);
      },
    });
    const egresses = await start({
      kafka: clients,
      drainTimeoutMs: 100,
      limits: { applyTimeoutMs: 100, removeTimeoutMs: 60_000 },
    });
    const contract = new ContractDriver(egresses);
    const on = (topic: string) => broker(kafka.bootstrapServers, topic, [trigger('end', hung.url)], { uid: 'end' });
    await contract.serve([on(first)]);
    await send(producer, first, numbered(1));
    await until('a delivery hangs', () => hung.requests.length === 1);
    const refused = await contract.serve([on(second)]);
    assert.deepEqual(
      refused.map(({ egressUid, reason }) => [egressUid, reason]),
      [['trigger-end', 'NotReading']],
    );
    await egresses[Symbol.asyncDispose]();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(opened, [first]);
  });

  test('an egress that does not read yet is refused each time until it does', async () => {
    const topic = await freshTopic('slow-start');
    const gate = Promise.withResolvers<undefined>();
    let opened = 0;
    const clients = changed(kafka.clients, {
      feed: async (cluster, options) => {
        opened += 1;
        await gate.promise;
        return kafka.clients.feed(cluster, options);
      },
    });
    await using egresses = await start({ kafka: clients, limits: { applyTimeoutMs: 50 } });
    const contract = new ContractDriver(egresses);
    const expected = [['trigger-slow-start', 'NotReading', 'Kafka has not answered yet']];
    const parts = (refused: readonly RefusedPart[]) =>
      refused.map(({ egressUid, reason, message }) => [egressUid, reason, message]);
    await using subscriber = await startSubscriber();
    const wanted = [broker(kafka.bootstrapServers, topic, [trigger('slow-start', subscriber.url)])];
    assert.deepEqual(parts(await contract.serve(wanted)), expected);
    assert.deepEqual(parts(await contract.again()), expected);
    gate.resolve(undefined);
    await until('it is served', async () => (await contract.again()).length === 0);
    assert.equal(opened, 1);
  });

  test('when the address of Kafka is written differently the old egress ends before the new one begins', async () => {
    const topic = await freshTopic('address');
    const gate = Promise.withResolvers<undefined>();
    await using subscriber = await startSubscriber(() => gate.promise.then(() => 204));
    let opened = 0;
    const clients = changed(kafka.clients, {
      feed: (cluster, options) => {
        opened += 1;
        return kafka.clients.feed(cluster, options);
      },
    });
    await using egresses = await start({ kafka: clients, limits: { applyTimeoutMs: 100 } });
    const contract = new ContractDriver(egresses);
    const at = (address: string) =>
      broker(address, topic, [trigger(`${topic}-t`, subscriber.url, { deliveryOrder: 1 })]);
    await contract.serve([at(kafka.bootstrapServers)]);
    await send(
      producer,
      topic,
      numbered(2, () => ({ partition: 0 })),
    );
    await until('a delivery is under way', () => subscriber.requests.length === 1);
    await contract.serve([at(`${kafka.bootstrapServers},${kafka.bootstrapServers}`)]);
    assert.equal(opened, 1);
    gate.resolve(undefined);
    await until('the rest arrived', () => subscriber.requests.length > 1);
    assert.deepEqual(subscriber.ids, ['0', '1']);
    assert.equal(opened, 2);
  });

  test('a partition that is taken while its last egress leaves waits for it, and for its commit', async () => {
    const topic = await freshTopic('leaving');
    const gate = Promise.withResolvers<undefined>();
    await using subscriber = await startSubscriber(() => gate.promise.then(() => 204));
    let handler: FeedHandler | undefined;
    const clients = changed(kafka.clients, {
      feed: (cluster, options) => {
        handler = options.handler;
        return kafka.clients.feed(cluster, options);
      },
    });
    await using egresses = await start({ kafka: clients, limits: { commitIntervalMs: 1_000_000 } });
    const contract = new ContractDriver(egresses);
    await contract.serve([broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)])]);
    await send(
      producer,
      topic,
      numbered(2, () => ({ partition: 0 })),
    );
    await until('deliveries are under way', () => subscriber.requests.length === 2);
    await contract.serve([]);
    const taken = handler?.revoked([0]);
    gate.resolve(undefined);
    await taken;
    assert.equal(await committed(kafka.clients, `knative-trigger-ns-${topic}-t`, topic), 2);
  });

  test('trouble with an idle topic is over once Kafka answers again', async () => {
    const topic = await freshTopic('hiccup');
    let isAway = false;
    let state: EgressRuntimeState | undefined;
    const clients = changed(kafka.clients, {
      topics: async (cluster) => {
        const topics = await kafka.clients.topics(cluster);
        return Object.assign(Object.create(topics) as typeof topics, {
          offsets: (name: string, at: 'earliest' | 'latest') =>
            isAway
              ? Promise.reject(new KafkaError('KAFKA_TIMEOUT', 'no answer', { retriable: true }))
              : topics.offsets(name, at),
          [Symbol.asyncDispose]: () => topics[Symbol.asyncDispose](),
        });
      },
    });
    await using egresses = await start({
      kafka: clients,
      limits: { lagIntervalMs: 20, stateIntervalMs: 10 },
      onState: (news) => (state = news.at(-1)),
    });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, 'http://127.0.0.1:1/')]),
    ]);
    await until('it is at work', () => state?.phase === 'delivering');
    isAway = true;
    await until('the trouble is told', () => state?.phase === 'blocked' && state.lastDeliveryError === 'no answer');
    isAway = false;
    await until('it is over', () => state?.phase === 'delivering');
  });

  test('an unreachable Kafka is a refusal in time, and disposing does not wait for it', async () => {
    await using clients = createKafkaClients();
    await using egresses = await start({ kafka: clients, limits: { applyTimeoutMs: 300 } });
    const refused = await new ContractDriver(egresses).serve([
      broker('127.0.0.1:1', 'nowhere', [trigger('nowhere', 'http://127.0.0.1:1/')]),
    ]);
    assert.deepEqual(
      refused.map(({ egressUid, reason }) => [egressUid, reason]),
      [['trigger-nowhere', 'NotReading']],
    );
  });
});
