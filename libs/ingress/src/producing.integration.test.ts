import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { KafkaError } from '@eventing-kafka/kafka-client';
import type { KafkaErrorCode, RecordPosition } from '@eventing-kafka/kafka-client';
import { ContractHistory, resource } from '../testing/contracts.ts';
import { startTestIngress } from '../testing/ingress.ts';
import { ask, eventE, openConnection, requestText } from '../testing/raw-http.ts';
import { ScriptedKafka } from '../testing/scripted-kafka.ts';
import type { IngressLimits } from './limits.ts';
import type { Ingress } from './start-ingress.ts';

async function start(kafka: ScriptedKafka, limits: Partial<IngressLimits> = {}): Promise<Ingress> {
  const ingress = await startTestIngress(kafka, { limits: { ingressSharePercent: 100, ...limits } });
  await ingress.apply(
    new ContractHistory().next(resource('broker', { path: '/ns/broker' }), resource('other', { path: '/ns/other' })),
  );
  return ingress;
}

/** Sends that end when a test says so. */
function gated(kafka: ScriptedKafka): PromiseWithResolvers<RecordPosition>[] {
  const sends: PromiseWithResolvers<RecordPosition>[] = [];
  kafka.onSend = () => {
    const send = Promise.withResolvers<RecordPosition>();
    sends.push(send);
    return send.promise;
  };
  return sends;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 8000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('waited too long');
    await pause(2);
  }
}

const acknowledged: RecordPosition = { partition: 0, offset: 1 };

describe('what Kafka says', () => {
  test('receiver 20.4 P-01: 202 comes after the acknowledgement, not before', async () => {
    const kafka = new ScriptedKafka();
    const sends = gated(kafka);
    await using ingress = await start(kafka);
    await using connection = await openConnection(ingress.port);
    connection.write(requestText({ lines: eventE }));
    await until(() => sends.length === 1);
    await assert.rejects(connection.answer(50), /no answer/);
    sends[0]?.resolve(acknowledged);
    assert.equal((await connection.answer())?.status, 202);
  });

  const rows: readonly (readonly [code: KafkaErrorCode, status: number, retryAfter: boolean])[] = [
    ['KAFKA_UNREACHABLE', 503, true],
    ['KAFKA_TIMEOUT', 503, true],
    ['KAFKA_QUEUE_FULL', 503, true],
    ['KAFKA_UNKNOWN_TOPIC', 503, true],
    ['KAFKA_AUTHORIZATION', 503, true],
    ['KAFKA_OTHER', 503, true],
    ['KAFKA_TOO_LARGE', 413, false],
    ['KAFKA_INVALID_RECORD', 400, false],
  ];
  for (const [code, status, retryAfter] of rows) {
    test(`receiver 20.4 P-02: ${code} is answered ${status}${retryAfter ? ' with Retry-After' : ''}, once, with a reason of ours`, async () => {
      const kafka = new ScriptedKafka();
      kafka.onSend = () => Promise.reject(new KafkaError(code, 'broker 10.0.0.7 said something internal'));
      await using ingress = await start(kafka);
      const answer = await ask(ingress.port, { lines: eventE });
      assert.equal(answer?.status, status);
      assert.equal(answer.headers['retry-after'] !== undefined, retryAfter);
      assert.match(answer.body, /\.\n$/);
      assert.doesNotMatch(answer.body, /10\.0\.0\.7/);
    });
  }

  test('receiver 20.4 P-03: an event that Kafka finds too large is 413 with its size (differs: 503 would be repeated for ever, F-07)', async () => {
    const kafka = new ScriptedKafka();
    kafka.onSend = () => Promise.reject(new KafkaError('KAFKA_TOO_LARGE', 'broker said no'));
    await using ingress = await start(kafka);
    const answer = await ask(ingress.port, { lines: [...eventE, 'ce-partitionkey: é'], body: 'x'.repeat(1000) });
    const [record] = kafka.sent;
    const headerBytes = record?.headers.reduce(
      (sum, { name, value }) => sum + name.length + Buffer.byteLength(value),
      0,
    );
    const bytes = 1000 + 2 + (headerBytes ?? NaN);
    assert.equal(answer?.body, `The event is too large for its topic: its record has ${bytes} bytes.\n`);
  });

  test('F-33: an error that is none of Kafka’s is answered 500 without a word of it', async () => {
    const kafka = new ScriptedKafka();
    kafka.onSend = () => {
      throw new TypeError('x is not a function');
    };
    await using ingress = await start(kafka);
    const answer = await ask(ingress.port, { lines: eventE });
    assert.equal(answer?.status, 500);
    assert.doesNotMatch(answer.body, /function/);
  });

  test('F-05: a send that never ends is answered 503 in time', async () => {
    const kafka = new ScriptedKafka();
    gated(kafka);
    await using ingress = await start(kafka, { produceTimeoutMs: 1000, drainTimeoutMs: 0 });
    assert.equal((await ask(ingress.port, { lines: eventE }))?.status, 503);
  });

  test('a sender that left does not keep its event from Kafka, nothing is produced twice, and nothing breaks', async () => {
    const kafka = new ScriptedKafka();
    const sends = gated(kafka);
    await using ingress = await start(kafka);
    {
      await using connection = await openConnection(ingress.port);
      connection.write(requestText({ lines: eventE }));
      await until(() => sends.length === 1);
      connection.reset();
    }
    sends[0]?.resolve(acknowledged);
    await pause(10);
    kafka.onSend = () => Promise.resolve(acknowledged);
    assert.equal((await ask(ingress.port, { lines: eventE }))?.status, 202);
    assert.equal(kafka.sent.length, 2);
  });

  test('senders that leave while Kafka is slow, one after the other, leave nothing behind', async () => {
    const kafka = new ScriptedKafka();
    kafka.onSend = () => pause(20).then(() => acknowledged);
    await using ingress = await start(kafka, { maxInFlightRequests: 50 });
    for (let round = 0; round < 10; round += 1) {
      const senders = await Promise.all(Array.from({ length: 40 }, () => openConnection(ingress.port)));
      for (const sender of senders) sender.write(requestText({ lines: eventE, body: 'x' }));
      await until(() => kafka.sent.length === (round + 1) * 40);
      for (const sender of senders) sender.reset();
      await pause(40);
    }
    // Had one of them kept its place, there would be none for all of these.
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(ingress.port, { lines: eventE })));
    assert.deepEqual([...new Set(answers.map((answer) => answer?.status))], [202]);
    assert.equal(kafka.sent.length, 450);
  });
});

describe('shedding', () => {
  test('more requests than may be in flight get 503 at once, and pass again when there is room', async () => {
    const kafka = new ScriptedKafka();
    const sends = gated(kafka);
    await using ingress = await start(kafka, { maxInFlightRequests: 2 });
    await using first = await openConnection(ingress.port);
    await using second = await openConnection(ingress.port);
    first.write(requestText({ lines: eventE }));
    second.write(requestText({ lines: eventE }));
    await until(() => sends.length === 2);
    const shed = await ask(ingress.port, { lines: eventE, body: 'x' });
    assert.equal(shed?.status, 503);
    assert.equal(shed.headers['retry-after'], '1');
    for (const send of sends) send.resolve(acknowledged);
    assert.equal((await first.answer())?.status, 202);
    assert.equal((await second.answer())?.status, 202);
    kafka.onSend = () => Promise.resolve(acknowledged);
    assert.equal((await ask(ingress.port, { lines: eventE }))?.status, 202);
  });

  test('one ingress takes its share and no more: then it gets 429 with Retry-After, and others are served', async () => {
    const kafka = new ScriptedKafka();
    const sends = gated(kafka);
    await using ingress = await start(kafka, { maxInFlightRequests: 4, ingressSharePercent: 50 });
    await using first = await openConnection(ingress.port);
    await using second = await openConnection(ingress.port);
    first.write(requestText({ lines: eventE }));
    second.write(requestText({ lines: eventE }));
    await until(() => sends.length === 2);
    const shed = await ask(ingress.port, { lines: eventE });
    assert.deepEqual([shed?.status, shed?.headers['retry-after']], [429, '1']);
    kafka.onSend = () => Promise.resolve(acknowledged);
    assert.equal((await ask(ingress.port, { target: '/ns/other', lines: eventE }))?.status, 202);
    for (const send of sends) send.resolve(acknowledged);
    assert.equal((await first.answer())?.status, 202);
    assert.equal((await second.answer())?.status, 202);
    assert.equal((await ask(ingress.port, { lines: eventE }))?.status, 202);
  });

  test('bodies count before they have come, with or without a length', async () => {
    const kafka = new ScriptedKafka();
    const sends = gated(kafka);
    await using ingress = await start(kafka, { maxBodyBytes: 1000, maxInFlightBytes: 1000 });
    await using first = await openConnection(ingress.port);
    first.write(requestText({ lines: [...eventE, 'Content-Length: 900'], framed: true }));
    await pause(20);
    assert.equal((await ask(ingress.port, { lines: eventE, body: 'x'.repeat(101) }))?.status, 503);
    const chunk = `65\r\n${'x'.repeat(101)}\r\n`;
    assert.equal(
      (
        await ask(ingress.port, {
          lines: [...eventE, 'Transfer-Encoding: chunked'],
          framed: true,
          body: `${chunk}0\r\n\r\n`,
        })
      )?.status,
      503,
    );
    first.write('y'.repeat(900));
    await until(() => sends.length === 1);
    sends[0]?.resolve(acknowledged);
    assert.equal((await first.answer())?.status, 202);
    kafka.onSend = () => Promise.resolve(acknowledged);
    assert.equal((await ask(ingress.port, { lines: eventE, body: 'x'.repeat(1000) }))?.status, 202);
  });

  test('what a sender that left had taken is given back', async () => {
    const kafka = new ScriptedKafka();
    await using ingress = await start(kafka, { maxInFlightRequests: 1 });
    for (let i = 0; i < 3; i += 1) {
      await using connection = await openConnection(ingress.port);
      connection.write(requestText({ lines: [...eventE, 'Content-Length: 10'], framed: true, body: 'abc' }));
      await pause(20);
      connection.reset();
      await pause(20);
    }
    assert.equal((await ask(ingress.port, { lines: eventE }))?.status, 202);
  });

  test('what a late answer left at Kafka still counts until Kafka is done with it', async () => {
    const kafka = new ScriptedKafka();
    const sends = gated(kafka);
    await using ingress = await start(kafka, { maxInFlightRequests: 1, produceTimeoutMs: 1000 });
    assert.equal((await ask(ingress.port, { lines: eventE }))?.status, 503);
    assert.match((await ask(ingress.port, { lines: eventE }))?.body ?? '', /on their way/);
    sends[0]?.resolve(acknowledged);
    await pause(10);
    kafka.onSend = () => Promise.resolve(acknowledged);
    assert.equal((await ask(ingress.port, { lines: eventE }))?.status, 202);
  });
});

describe('a change of contract under load', () => {
  test('F-02: a topic that changes again and again costs no event', async () => {
    const kafka = new ScriptedKafka();
    const history = new ContractHistory();
    await using ingress = await startTestIngress(kafka);
    await ingress.apply(history.next(resource('broker', { path: '/ns/broker' })));
    let stop = false;
    const statuses = new Map<number | undefined, number>();
    const senders = Array.from({ length: 4 }, async () => {
      await using connection = await openConnection(ingress.port);
      while (!stop) {
        connection.write(requestText({ lines: eventE, body: 'x' }));
        const status = (await connection.answer())?.status;
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    });
    for (let i = 0; i < 50; i += 1) {
      kafka.onOpen = () => pause(1);
      await ingress.apply(
        history.next(
          resource('broker', { path: '/ns/broker' }, { topics: [`topic-${i}`], bootstrapServers: `kafka-${i}:9092` }),
        ),
      );
    }
    stop = true;
    await Promise.all(senders);
    assert.deepEqual([...statuses.keys()], [202]);
  });
});

describe('stopping', () => {
  test('F-04: answers what was accepted, closes its connections, and lets nothing in', async () => {
    const kafka = new ScriptedKafka();
    const sends = gated(kafka);
    const ingress = await start(kafka);
    await using idle = await openConnection(ingress.port);
    idle.write(requestText({ method: 'GET', target: '/healthz', framed: true }));
    assert.equal((await idle.answer())?.status, 200);
    await using busy = await openConnection(ingress.port);
    busy.write(requestText({ lines: eventE }));
    await using reading = await openConnection(ingress.port);
    reading.write(requestText({ lines: [...eventE, 'Content-Length: 3'], framed: true, body: 'a' }));
    await until(() => sends.length === 1);
    const stopped = ingress[Symbol.asyncDispose]();
    await idle.waitClosed();
    await assert.rejects(openConnection(ingress.port));
    reading.write('bc');
    await until(() => sends.length === 2);
    for (const send of sends) send.resolve(acknowledged);
    for (const connection of [busy, reading]) {
      const answer = await connection.answer();
      assert.equal(answer?.status, 202);
      assert.equal(answer.headers['connection'], 'close');
      await connection.waitClosed();
    }
    await stopped;
    assert.equal(kafka.alive, 0);
    await ingress[Symbol.asyncDispose]();
  });

  test('is bounded: what Kafka does not acknowledge is answered 503 at the deadline', async () => {
    const kafka = new ScriptedKafka();
    const sends = gated(kafka);
    const ingress = await start(kafka, { drainTimeoutMs: 100 });
    await using busy = await openConnection(ingress.port);
    busy.write(requestText({ lines: eventE }));
    await until(() => sends.length === 1);
    const stopped = ingress[Symbol.asyncDispose]();
    assert.equal((await busy.answer())?.status, 503);
    for (const send of sends) send.reject(new KafkaError('KAFKA_TIMEOUT', 'late'));
    await stopped;
  });

  test('while it waits to stop it goes on, not ready, and answers close their connections', async () => {
    const ingress = await start(new ScriptedKafka(), { drainDelayMs: 300 });
    const stopped = ingress[Symbol.asyncDispose]();
    assert.equal((await ask(ingress.port, { method: 'GET', target: '/readyz' }))?.status, 503);
    const answer = await ask(ingress.port, { lines: eventE });
    assert.equal(answer?.status, 202);
    assert.equal(answer.headers['connection'], 'close');
    await stopped;
  });
});
