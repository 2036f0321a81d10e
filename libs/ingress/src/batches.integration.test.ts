import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ContentMode } from '@eventing-kafka/contract';
import { KafkaError } from '@eventing-kafka/kafka-client';
import type { OutgoingRecord } from '@eventing-kafka/kafka-client';
import { ContractHistory, resource } from '../testing/contracts.ts';
import { startTestIngress } from '../testing/ingress.ts';
import { ask, eventE, openConnection, requestText } from '../testing/raw-http.ts';
import type { RawRequest } from '../testing/raw-http.ts';
import { ScriptedKafka } from '../testing/scripted-kafka.ts';
import type { IngressLimits } from './limits.ts';
import type { Ingress } from './start-ingress.ts';

async function start(kafka: ScriptedKafka, limits: Partial<IngressLimits> = {}): Promise<Ingress> {
  const ingress = await startTestIngress(kafka, { limits: { ingressSharePercent: 100, ...limits } });
  await ingress.apply(
    new ContractHistory().next(
      resource('broker', { path: '/ns/broker' }),
      resource('sink', { path: '/ns/sink', contentMode: ContentMode.STRUCTURED }),
    ),
  );
  return ingress;
}

/** The events `0`, `1` … of a batch. */
function batch(count: number, more = ''): RawRequest {
  const events = Array.from(
    { length: count },
    (_, index) => `{"specversion":"1.0","id":"${index}","source":"/s","type":"t"${more}}`,
  );
  return { lines: ['Content-Type: application/cloudevents-batch+json'], body: `[${events.join(',')}]` };
}

function idOf(record: OutgoingRecord): string {
  return record.headers.find(({ name }) => name === 'ce_id')?.value.toString() ?? '';
}

/** Fails the sends of these ids. */
function failing(kafka: ScriptedKafka, ids: Readonly<Record<string, KafkaError>>): void {
  kafka.onSend = (record) => {
    const error = ids[idOf(record)];
    return error === undefined ? Promise.resolve({ partition: 0, offset: 0 }) : Promise.reject(error);
  };
}

describe('a batch', () => {
  test('becomes one record an event, in order, and is answered 202', async () => {
    const kafka = new ScriptedKafka();
    await using ingress = await start(kafka);
    const answer = await ask(ingress.port, batch(3, ',"data":{"a": 1.10}'));
    assert.deepEqual([answer?.status, answer?.body], [202, '']);
    assert.deepEqual(kafka.sent.map(idOf), ['0', '1', '2']);
    assert.equal(kafka.sent[2]?.value?.toString(), '{"a": 1.10}');
  });

  test('goes to a sink in structured mode as one structured record an event', async () => {
    const kafka = new ScriptedKafka();
    await using ingress = await start(kafka);
    assert.equal((await ask(ingress.port, { ...batch(2), target: '/ns/sink' }))?.status, 202);
    assert.deepEqual(
      kafka.sent.map(({ value }) => value?.toString()),
      ['0', '1'].map((id) => `{"specversion":"1.0","id":"${id}","source":"/s","type":"t"}`),
    );
  });

  test('with one bad event is answered 400 with its index and reason, and nothing is produced', async () => {
    const kafka = new ScriptedKafka();
    await using ingress = await start(kafka);
    const request = batch(2);
    const body = `${request.body?.slice(0, -1) ?? ''},{"specversion":"1.0","id":"2","source":"/s"}]`;
    const answer = await ask(ingress.port, { ...request, body });
    assert.equal(answer?.status, 400);
    assert.equal(answer.body, 'event 2 of the batch: member "type" is missing\n');
    assert.deepEqual(kafka.sent, []);
  });

  test('of which Kafka refuses some is answered 503, naming each event with its status', async () => {
    const kafka = new ScriptedKafka();
    failing(kafka, { 1: new KafkaError('KAFKA_TIMEOUT', 'x'), 2: new KafkaError('KAFKA_TOO_LARGE', 'x') });
    await using ingress = await start(kafka);
    const answer = await ask(ingress.port, batch(3));
    assert.equal(answer?.status, 503);
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.equal(answer.headers['retry-after'], '5');
    assert.deepEqual(JSON.parse(answer.body), [
      { index: 0, id: '0', status: 202 },
      { index: 1, id: '1', status: 503, reason: 'kafka-timeout' },
      { index: 2, id: '2', status: 413, reason: 'record-too-large' },
    ]);
  });

  test('of which only what can never succeed failed is answered with that status, so that it is not sent again', async () => {
    const kafka = new ScriptedKafka();
    failing(kafka, { 1: new KafkaError('KAFKA_TOO_LARGE', 'x') });
    await using ingress = await start(kafka);
    assert.equal((await ask(ingress.port, batch(2)))?.status, 413);
  });

  test('of which Kafka leaves some unanswered is answered at the deadline, with what is known', async () => {
    const kafka = new ScriptedKafka();
    const late = Promise.withResolvers<{ partition: number; offset: number }>();
    kafka.onSend = (record) => (idOf(record) === '1' ? late.promise : Promise.resolve({ partition: 0, offset: 0 }));
    await using ingress = await start(kafka, { produceTimeoutMs: 500, maxInFlightRequests: 2 });
    const answer = await ask(ingress.port, batch(2));
    assert.deepEqual(
      (JSON.parse(answer?.body ?? '') as { status: number }[]).map(({ status }) => status),
      [202, 503],
    );
    // Its events count until Kafka is done with all of them.
    assert.equal((await ask(ingress.port, { lines: eventE }))?.status, 503);
    late.resolve({ partition: 0, offset: 0 });
    await pause(10);
    assert.equal((await ask(ingress.port, batch(2)))?.status, 202);
  });

  test('of more events than are taken at a time is answered 413, and nothing is produced', async () => {
    const kafka = new ScriptedKafka();
    await using ingress = await start(kafka, { maxBatchEvents: 3 });
    assert.equal((await ask(ingress.port, batch(3)))?.status, 202);
    kafka.sent.length = 0;
    const answer = await ask(ingress.port, batch(4));
    assert.equal(answer?.status, 413);
    assert.equal(answer.body, 'The batch is too large: it holds 4 events, and at most 3 are taken.\n');
    assert.deepEqual(kafka.sent, []);
    for (let i = 0; i < 10; i += 1) assert.equal((await ask(ingress.port, batch(4)))?.status, 413);
    assert.equal((await ask(ingress.port, batch(3)))?.status, 202, 'nothing is held by what was refused');
  });

  test('for which there is no room among the events in flight is shed whole', async () => {
    const kafka = new ScriptedKafka();
    const gate = Promise.withResolvers<{ partition: number; offset: number }>();
    kafka.onSend = () => gate.promise;
    await using ingress = await start(kafka, { maxInFlightRequests: 4 });
    await using connection = await openConnection(ingress.port);
    connection.write(requestText(batch(3)));
    await pause(30);
    const answer = await ask(ingress.port, batch(2));
    assert.deepEqual([answer?.status, answer?.headers['retry-after']], [503, '1']);
    assert.equal(kafka.sent.length, 3);
    gate.resolve({ partition: 0, offset: 0 });
    assert.equal((await connection.answer())?.status, 202);
    assert.equal((await ask(ingress.port, batch(4)))?.status, 202);
  });

  test('that is under way when the ingress stops is answered', async () => {
    const kafka = new ScriptedKafka();
    kafka.onSend = () => new Promise(() => undefined);
    const ingress = await start(kafka, { drainTimeoutMs: 50 });
    await using connection = await openConnection(ingress.port);
    connection.write(requestText(batch(2)));
    await pause(30);
    const stopped = ingress[Symbol.asyncDispose]();
    const answer = await connection.answer();
    assert.equal(answer?.status, 503);
    assert.match(answer.body, /"reason":"stopping"/);
    await stopped;
  });
});
