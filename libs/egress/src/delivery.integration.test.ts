import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { startMetrics, type Metrics } from '@eventing-kafka/metrics';
import { broker, ContractDriver, exactly, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { each, sorted } from '../testing/ids.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { startTestKafka } from '../testing/test-kafka.ts';
import { until } from '../testing/until.ts';

const kafka = await startTestKafka();
const { producer } = kafka;
after(() => kafka[Symbol.asyncDispose]());

describe('delivery', { timeout: 120_000 }, () => {
  test('dispatcher 21 D1 each egress gets what its filter wants, once, and commits all it has passed', async () => {
    const topic = await kafka.freshTopic('filters');
    await using all = await startSubscriber();
    await using some = await startSubscriber();
    await using none = await startSubscriber();
    await using egresses = await kafka.startEgresses({ limits: { filteredCommitIntervalMs: 100 } });
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
      'filtered records are committed too',
      async () => (await kafka.committed(`knative-trigger-ns-${topic}-none`, topic)) === 200,
    );
    await until(
      'delivered records are committed',
      async () => (await kafka.committed(`knative-trigger-ns-${topic}-all`, topic)) === 200,
    );
    assert.equal(none.requests.length, 0);
  });

  test('dispatcher 21 D7 replies go back to the topic and reach the triggers that want them', async () => {
    const topic = await kafka.freshTopic('replies');
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
    await using egresses = await kafka.startEgresses();
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

  test('dispatcher 21 D8 two resources with two egresses each, all events everywhere', async () => {
    const first = await kafka.freshTopic('d8');
    const second = await kafka.freshTopic('d8');
    const subscribers = await Promise.all([1, 2, 3, 4].map(() => startSubscriber()));
    await using stack = new AsyncDisposableStack();
    for (const subscriber of subscribers) stack.use(subscriber);
    const [a, b, c, d] = subscribers.map(({ url }) => url);
    await using egresses = await kafka.startEgresses();
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, first, [trigger(`${first}-a`, a!), trigger(`${first}-b`, b!)]),
      broker(kafka.bootstrapServers, second, [trigger(`${second}-c`, c!), trigger(`${second}-d`, d!)]),
    ]);
    await Promise.all([first, second].map((topic) => send(producer, topic, numbered(3))));
    await until('each got three', () => subscribers.every(({ requests }) => requests.length === 3));
    for (const { ids } of subscribers) assert.deepEqual(sorted(ids), ['0', '1', '2']);
  });

  test('dispatcher 21 D6, dispatcher 21 P8: what is under way when egresses are closed is finished, replies too, and nothing stays open', async () => {
    const topic = await kafka.freshTopic('closing');
    const reply = { 'ce-specversion': '1.0', 'ce-id': 'reply', 'ce-source': '/s', 'ce-type': 'reply' };
    const arrived = Promise.withResolvers<undefined>();
    await using subscriber = await startSubscriber(async () => {
      arrived.resolve(undefined);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { status: 200, headers: reply };
    });
    const egresses = await kafka.startEgresses({ drainTimeoutMs: 10_000 });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-t`, subscriber.url, { filter: { attributes: { type: 'test' } } }),
      ]),
    ]);
    await send(producer, topic, [{ id: 'a', partition: 0 }]);
    await arrived.promise;
    await egresses[Symbol.asyncDispose]();
    await egresses[Symbol.asyncDispose]();
    assert.deepEqual(subscriber.ids, ['a']);
    await until('no connection is open', () => subscriber.connections === 0);
    assert.equal(await kafka.committed(`knative-trigger-ns-${topic}-t`, topic), 1);
    await using admin = await kafka.clients.topics({ bootstrapServers: kafka.bootstrapServers });
    const ends = await admin.offsets(topic, 'latest');
    assert.equal(
      [...ends.values()].reduce((sum, end) => sum + end, 0),
      2,
    );
  });

  test('an answer whose head is over 8 KiB is none: it is tried again, and the dead letter has no code', async () => {
    const topic = await kafka.freshTopic('long-head');
    await using subscriber = await startSubscriber(() => ({ status: 400, headers: { 'x-long': 'x'.repeat(9_000) } }));
    await using sink = await startSubscriber();
    await using egresses = await kafka.startEgresses();
    const egressConfig = { deadLetter: sink.url, retry: 1, backoffDelay: 1n };
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url, { egressConfig })]),
    ]);
    await send(producer, topic, [{ id: 'a' }]);
    await until('the dead letter arrived', () => sink.requests.length === 1);
    assert.deepEqual(subscriber.ids, ['a', 'a']);
    assert.equal(sink.requests[0]?.headers['ce-knativeerrorcode'], undefined);
    assert.equal(sink.requests[0]?.headers['ce-knativeerrordest'], subscriber.url);
  });

  test('a record of a KafkaSource that is no event arrives in one, by a filter on what wraps it', async () => {
    const topic = await kafka.freshTopic('wrapped');
    await using subscriber = await startSubscriber();
    await using egresses = await kafka.startEgresses();
    const wanted = trigger(`${topic}-t`, subscriber.url, { dialectedFilter: exactly({ key: 'k1' }) });
    const reference = { kind: 'KafkaSource', namespace: 'ns', name: 'ks' };
    await new ContractDriver(egresses).serve([broker(kafka.bootstrapServers, topic, [wanted], { reference })]);
    for (const key of ['k0', 'k1']) {
      await producer.send({
        topic,
        partition: 0,
        key,
        value: Buffer.from(key),
        headers: [{ name: 'Foo', value: 'x' }],
      });
    }
    await until('it arrived', () => subscriber.requests.length === 1);
    const [request] = subscriber.requests;
    assert.deepEqual(
      [request?.id, request?.headers['ce-kafkaheaderfoo'], request?.body.toString()],
      ['partition:0/offset:1', 'x', 'k1'],
    );
    await until(
      'both are committed',
      async () => (await kafka.committed(`knative-trigger-ns-${topic}-t`, topic)) === 2,
    );
  });

  test('dispatcher 21 D5 a record that is no event is passed over, and what follows arrives', async () => {
    const topic = await kafka.freshTopic('undecodable');
    await using subscriber = await startSubscriber();
    await using egresses = await kafka.startEgresses();
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
      async () => (await kafka.committed(`knative-trigger-ns-${topic}-t`, topic)) === 2,
    );
  });

  test('metrics tell of outcomes, lost events and latencies', async () => {
    const topic = await kafka.freshTopic('metrics');
    await using metrics: Metrics = await startMetrics({
      serviceName: 's',
      serviceNamespace: 'n',
      host: '127.0.0.1',
      port: 0,
      readiness: () => ({ ready: true }),
    });
    await using subscriber = await startSubscriber(({ id }) => (id === '1' ? 400 : 202));
    await using egresses = await kafka.startEgresses({ meter: metrics.meter });
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
