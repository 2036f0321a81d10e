import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeepPartial, Egress, Resource } from '@eventing-kafka/contract';
import { createHttpSender } from '@eventing-kafka/http-sender';
import { KafkaError, type KafkaRecord, type OutgoingRecord } from '@eventing-kafka/kafka-client';
import { silentLogger } from '@eventing-kafka/logging';
import { createNoopMeter } from '@opentelemetry/api';
import { broker, trigger } from '../testing/contract.ts';
import { startSubscriber, type Answer, type Subscriber } from '../testing/subscriber.ts';
import { DeliveryLifetime } from './delivery-lifetime.ts';
import { dispatch, type DispatchReport } from './dispatch.ts';
import { planEgress, planResource, type EgressPlan } from './egress-plan.ts';
import { HeldRecord } from './held-record.ts';
import { EgressInstruments } from './instruments.ts';
import { RecordBudget } from './record-budget.ts';

interface Setup {
  readonly subscriber?: (attempt: number) => Answer;
  readonly deadLetter?: (attempt: number) => Answer;
  readonly replyUrl?: (attempt: number) => Answer;
  /** Deliver elsewhere than to the subscriber. */
  readonly destination?: string;
  readonly config?: DeepPartial<NonNullable<Egress['egressConfig']>>;
  readonly egress?: DeepPartial<Egress>;
  readonly resource?: DeepPartial<Resource>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly value?: Buffer;
  readonly place?: { readonly partition: number; readonly offset: number };
  /** How often storing a reply fails before it works. */
  readonly storeFailures?: number;
}

interface Result {
  readonly report: DispatchReport;
  readonly s: Subscriber;
  readonly d: Subscriber;
  readonly r: Subscriber;
  readonly stored: readonly OutgoingRecord[];
  readonly plan: EgressPlan;
}

/** Dispatches one event with a real sender to real subscribers; only the topic of replies is a list. */
async function dispatched(setup: Setup, check: (result: Result) => void): Promise<void> {
  await using s = await startSubscriber(({ attempt }) => setup.subscriber?.(attempt) ?? 204);
  await using d = await startSubscriber(({ attempt }) => setup.deadLetter?.(attempt) ?? 204);
  await using r = await startSubscriber(({ attempt }) => setup.replyUrl?.(attempt) ?? 204);
  await using sender = createHttpSender();
  const egressConfig = { ...(setup.deadLetter === undefined ? {} : { deadLetter: d.url }), ...setup.config };
  const egress = trigger('t', setup.destination ?? s.url, {
    egressConfig,
    ...(setup.replyUrl === undefined ? {} : { replyStrategy: { $case: 'replyUrl', value: r.url } }),
    ...setup.egress,
  });
  const planned = planEgress(
    planResource(broker('k:1', 't1', [egress], setup.resource), { bootstrapServers: 'k:1' }, []),
    egress,
  );
  if ('refusal' in planned) throw new Error(planned.refusal.message);
  const stored: OutgoingRecord[] = [];
  let failures = setup.storeFailures ?? 0;
  const producer = {
    inFlightBytes: 0,
    send: (record: OutgoingRecord) => {
      failures -= 1;
      if (failures >= 0) return Promise.reject(new KafkaError('KAFKA_TIMEOUT', 'too slow', { retriable: true }));
      stored.push(record);
      return Promise.resolve({ partition: 0, offset: 0 });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const headers = {
    ce_specversion: '1.0',
    ce_id: 'abc',
    ce_source: 'http://localhost',
    ce_type: 'test',
    'content-type': 'application/json',
    ...setup.headers,
  };
  const record: KafkaRecord = {
    topic: 't1',
    partition: 0,
    offset: 0,
    timestampMs: 0,
    key: null,
    value: setup.value ?? Buffer.from('{"a": 1}'),
    headers: Object.entries(headers).map(([name, value]) => ({ name, value: Buffer.from(value) })),
    ...setup.place,
  };
  const report = await dispatch({
    held: new HeldRecord(record, new RecordBudget(1_000_000), 0),
    plan: () => planned.plan,
    lifetime: new DeliveryLifetime(),
    tools: {
      sender,
      producer: () => Promise.resolve(producer),
      logger: silentLogger,
      meters: new EgressInstruments(createNoopMeter()).forEgress(planned.plan.reference),
    },
  });
  check({ report, s, d, r, stored, plan: planned.plan });
}

const quick: DeepPartial<NonNullable<Egress['egressConfig']>> = {
  retry: 5,
  backoffPolicy: 1,
  backoffDelay: 1n,
  timeout: 1_000n,
};
const requests = ({ s, d, r }: Result): number[] => [s.requests.length, d.requests.length, r.requests.length];
const kind = ({ report }: Result): string => report.outcome.kind;
const onlyError = (result: Result): Record<string, unknown> => {
  const headers = result.d.requests[0]?.headers ?? {};
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('ce-knativeerror')));
};
const event = (more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  'ce-specversion': '1.0',
  'ce-id': '1234',
  'ce-source': 'subject',
  'ce-type': 'type',
  ...more,
});

const rows: readonly { readonly name: string; readonly setup: Setup; readonly check: (result: Result) => void }[] = [
  {
    name: 'D2: a 2xx delivers',
    setup: { deadLetter: () => 204 },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['delivered', 1, 0, 0]);
    },
  },
  {
    name: 'D3: a failed event goes to the dead letter sink',
    setup: { subscriber: () => 500, deadLetter: () => 204 },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['dead-lettered', 1, 1, 0]);
    },
  },
  {
    name: 'D4: an event that fails there too is lost',
    setup: { subscriber: () => 500, deadLetter: () => 500 },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['abandoned', 1, 1, 0]);
    },
  },
  {
    name: 'D5: an undecodable record is discarded without a request',
    setup: { deadLetter: () => 204, value: Buffer.from([1, 4]), headers: { ce_specversion: '9' } },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['discarded', 0, 0, 0]);
    },
  },
  {
    name: 'D9: a name that does not resolve makes a dead letter without code and data',
    setup: { destination: 'http://fake.svc.cluster.invalid', deadLetter: () => 204 },
    check: (result) => {
      assert.deepEqual(onlyError(result), { 'ce-knativeerrordest': 'http://fake.svc.cluster.invalid' });
      assert.equal(result.d.requests[0]?.headers['kn-namespace'], 'ns');
    },
  },
  {
    name: 'D10, D11: a dead letter tells destination, code, data and kne- headers of the failure',
    setup: {
      subscriber: () => ({
        status: 422,
        body: '{ "message": "bad bad things happened" }',
        headers: { 'kne-testerror': 'hello', something: 'nope' },
      }),
      deadLetter: () => 204,
    },
    check: (result) => {
      const dead = result.d.requests[0];
      assert.deepEqual(onlyError(result), {
        'ce-knativeerrordest': result.plan.delivery.subscriber.url,
        'ce-knativeerrorcode': '422',
        'ce-knativeerrordata': Buffer.from('{ "message": "bad bad things happened" }').toString('base64'),
      });
      assert.deepEqual(
        [dead?.id, dead?.headers['ce-testerror'], dead?.headers['ce-something'], dead?.body.toString()],
        ['abc', 'hello', undefined, '{"a": 1}'],
      );
    },
  },
  {
    name: 'D12: kne- headers that name no extension are left out',
    setup: {
      subscriber: () => ({ status: 500, headers: { 'kne-foo-bar': 'x', 'kne-id': 'y', 'KNE-Ok1': 'z' } }),
      deadLetter: () => 204,
    },
    check: ({ d, report }) => {
      assert.deepEqual(
        [d.requests[0]?.id, d.requests[0]?.headers['ce-ok1'], report.outcome.kind],
        ['abc', 'z', 'dead-lettered'],
      );
    },
  },
  {
    name: 'D14: a destination of a scheme nobody can post to goes to the dead letter sink',
    setup: { destination: 'bad://uri', deadLetter: () => 204 },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['dead-lettered', 0, 1, 0]);
    },
  },
  {
    name: 'D15: requests carry Prefer and Kn-Namespace; subscriber and dead letter partition and offset, a reply URL neither',
    setup: {
      subscriber: () => ({ status: 200, headers: event() }),
      replyUrl: () => 503,
      deadLetter: () => 204,
      place: { partition: 3, offset: 7 },
    },
    check: ({ s, d, r }) => {
      for (const request of [s.requests[0], d.requests[0], r.requests[0]])
        assert.deepEqual([request?.headers['prefer'], request?.headers['kn-namespace']], ['reply', 'ns']);
      for (const request of [s.requests[0], d.requests[0]])
        assert.deepEqual(
          [request?.headers['ce-knativekafkapartition'], request?.headers['ce-knativekafkaoffset']],
          ['3', '7'],
        );
      assert.equal(r.requests[0]?.headers['ce-knativekafkaoffset'], undefined);
    },
  },
  {
    name: 'D25: error extensions of an earlier failure do not survive',
    setup: {
      subscriber: () => 'close',
      deadLetter: () => 204,
      headers: { ce_knativeerrorcode: '500', ce_knativeerrordata: 'eA==' },
    },
    check: (result) => {
      assert.deepEqual(Object.keys(onlyError(result)), ['ce-knativeerrordest']);
    },
  },
  {
    name: 'R1: a retry that succeeds ends the delivery',
    setup: { subscriber: (attempt) => (attempt <= 4 ? 500 : 200), config: quick, deadLetter: () => 204 },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['delivered', 5, 0, 0]);
    },
  },
  {
    name: 'R2: a final failure is not tried again',
    setup: { subscriber: () => 400, config: quick },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['abandoned', 1, 0, 0]);
    },
  },
  {
    name: 'R3: retries are used up',
    setup: { subscriber: () => 500, config: quick },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['abandoned', 6, 0, 0]);
    },
  },
  {
    name: 'R3: an answer that does not come is a failure that is tried again',
    setup: { subscriber: () => 'never', config: { ...quick, retry: 1, timeout: 50n } },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['abandoned', 2, 0, 0]);
    },
  },
  ...[404, 408, 409, 429, 500, 503].map((status) => ({
    name: `R4: ${status} is tried again`,
    setup: { subscriber: () => status, config: { ...quick, retry: 1 } },
    check: (result: Result) => {
      assert.deepEqual(requests(result), [2, 0, 0]);
    },
  })),
  ...[301, 303, 307, 401, 405, 410, 415, 431].map((status) => ({
    name: `R4: ${status} is not`,
    setup: { subscriber: () => ({ status, headers: { location: '/elsewhere' } }), config: { ...quick, retry: 1 } },
    check: (result: Result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['abandoned', 1, 0, 0]);
    },
  })),
  {
    name: 'R10: the dead letter sink has retries of its own',
    setup: { subscriber: () => 400, deadLetter: (attempt) => (attempt <= 3 ? 503 : 204), config: quick },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['dead-lettered', 1, 4, 0]);
    },
  },
  {
    name: 'retries without delay follow at once',
    setup: { subscriber: (attempt) => (attempt <= 2 ? 500 : 204), config: { retry: 2 } },
    check: (result) => {
      assert.deepEqual(requests(result), [3, 0, 0]);
    },
  },
  {
    name: 'P1: an answer without event is no reply',
    setup: { subscriber: () => 202 },
    check: (result) => {
      assert.deepEqual([kind(result), result.stored.length], ['delivered', 0]);
    },
  },
  {
    name: 'P2: text in an answer is no reply and no failure',
    setup: { subscriber: () => ({ status: 200, body: 'a', headers: { 'content-type': 'text/plain' } }) },
    check: (result) => {
      assert.deepEqual([kind(result), result.stored.length], ['delivered', 0]);
    },
  },
  {
    name: 'P3: a structured reply becomes one record without key',
    setup: {
      subscriber: () => ({
        status: 200,
        headers: { 'content-type': 'application/cloudevents+json' },
        body: '{"specversion":"1.0","id":"1234","source":"/s","subject":"subject","type":"type"}',
      }),
    },
    check: ({ stored, report }) => {
      assert.equal(report.outcome.kind, 'delivered');
      assert.deepEqual(
        stored.map(({ topic, key, headers }) => [topic, key, headers.find(({ name }) => name === 'ce_id')?.value]),
        [['t1', null, '1234']],
      );
    },
  },
  {
    name: 'P3: a reply goes to the reply URL',
    setup: { subscriber: () => ({ status: 200, headers: event() }), replyUrl: () => 200 },
    check: (result) => {
      assert.deepEqual(
        [kind(result), ...requests(result), result.r.ids[0], result.stored.length],
        ['delivered', 1, 0, 1, '1234', 0],
      );
    },
  },
  {
    name: 'P4: the partition key of a reply is the key of its record, and stays',
    setup: { subscriber: () => ({ status: 200, headers: event({ 'ce-partitionkey': 'k1' }) }) },
    check: ({ stored }) => {
      assert.deepEqual(
        [stored[0]?.key, stored[0]?.headers.find(({ name }) => name === 'ce_partitionkey')?.value],
        ['k1', 'k1'],
      );
    },
  },
  {
    name: 'P5: a discarded reply is not looked at',
    setup: {
      subscriber: () => ({ status: 200, headers: event({ 'ce-specversion': '7' }) }),
      egress: { replyStrategy: { $case: 'discardReply', value: {} } },
    },
    check: (result) => {
      assert.deepEqual([kind(result), result.stored.length], ['delivered', 0]);
    },
  },
  {
    name: 'P6: a reply URL that refuses makes a dead letter with its code and the subscriber as destination',
    setup: { subscriber: () => ({ status: 200, headers: event() }), replyUrl: () => 503, deadLetter: () => 204 },
    check: (result) => {
      assert.deepEqual(
        [...requests(result), onlyError(result)],
        [1, 1, 1, { 'ce-knativeerrordest': result.plan.delivery.subscriber.url, 'ce-knativeerrorcode': '503' }],
      );
    },
  },
  {
    name: 'P7: a 202 carries no reply',
    setup: { subscriber: () => ({ status: 202, headers: event() }) },
    check: (result) => {
      assert.deepEqual([kind(result), result.stored.length], ['delivered', 0]);
    },
  },
  {
    name: 'a reply that is no valid event makes a dead letter without code',
    setup: {
      subscriber: () => ({ status: 200, body: 'x', headers: { 'ce-specversion': '1.0' } }),
      deadLetter: () => 204,
      config: quick,
    },
    check: (result) => {
      assert.deepEqual([...requests(result), Object.keys(onlyError(result))], [1, 1, 0, ['ce-knativeerrordest']]);
    },
  },
  {
    name: 'a reply that cannot be stored has the event delivered again within the retries',
    setup: { subscriber: () => ({ status: 200, headers: event() }), storeFailures: 2, config: quick },
    check: (result) => {
      assert.deepEqual([kind(result), result.s.requests.length, result.stored.length], ['delivered', 3, 1]);
    },
  },
  {
    name: 'a reply that is never stored makes a dead letter',
    setup: {
      subscriber: () => ({ status: 200, headers: event() }),
      storeFailures: 9,
      config: { ...quick, retry: 1 },
      deadLetter: () => 204,
    },
    check: (result) => {
      assert.deepEqual([kind(result), ...requests(result)], ['dead-lettered', 2, 1, 0]);
    },
  },
  {
    name: 'the answer of a dead letter sink may hold a reply',
    setup: { subscriber: () => 400, deadLetter: () => ({ status: 200, headers: event() }) },
    check: ({ stored }) => {
      assert.equal(stored.length, 1);
    },
  },
  {
    name: 'an event of version 0.3 goes on as 0.3, and as 1.0 to the dead letter sink',
    setup: {
      subscriber: () => 400,
      deadLetter: () => 204,
      headers: { ce_specversion: '0.3', ce_schemaurl: 'http://schema' },
    },
    check: ({ s, d }) => {
      assert.deepEqual(
        [s.requests[0]?.headers['ce-specversion'], s.requests[0]?.headers['ce-schemaurl']],
        ['0.3', 'http://schema'],
      );
      assert.deepEqual(
        [d.requests[0]?.headers['ce-specversion'], d.requests[0]?.headers['ce-dataschema']],
        ['1.0', 'http://schema'],
      );
    },
  },
  {
    name: 'X1: overrides and both kafka extensions are set, overrides win',
    setup: {
      resource: { cloudEventOverrides: { extensions: { a: 'foo', b: 'bar' } } },
      headers: { ce_a: 'old' },
      place: { partition: 1, offset: 1 },
    },
    check: ({ s }) => {
      const headers = s.requests[0]?.headers ?? {};
      assert.deepEqual(
        [headers['ce-a'], headers['ce-b'], headers['ce-knativekafkapartition'], headers['ce-knativekafkaoffset']],
        ['foo', 'bar', '1', '1'],
      );
    },
  },
  {
    name: 'trace context of the record is forwarded, other record headers are not',
    setup: {
      headers: {
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        tracestate: 'a=b',
        baggage: 'c=d',
        other: 'x',
      },
    },
    check: ({ s }) => {
      const headers = s.requests[0]?.headers ?? {};
      assert.deepEqual(
        [headers['traceparent'], headers['tracestate'], headers['baggage'], headers['other']],
        ['00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'a=b', 'c=d', undefined],
      );
    },
  },
  {
    name: 'format json posts one JSON body',
    setup: { config: { format: 'json' } },
    check: ({ s }) => {
      assert.equal(s.requests[0]?.headers['content-type'], 'application/cloudevents+json');
      assert.deepEqual((JSON.parse(s.requests[0].body.toString()) as { data: unknown }).data, { a: 1 });
    },
  },
];

for (const { name, setup, check } of rows) test(name, () => dispatched(setup, check));
