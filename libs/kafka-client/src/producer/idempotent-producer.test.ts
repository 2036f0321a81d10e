import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLogger } from '@eventing-kafka/logging';
import { AuthenticationError, NetworkError, UserError } from '@platformatic/kafka';
import { eventually, textRecord } from '../../integration/harness.ts';
import { ModelKafka } from '../../testing/model-kafka.ts';
import type { Fate } from '../../testing/model-kafka.ts';
import type { KafkaError } from '../kafka-error.ts';
import type { ProducerSettings } from '../interfaces.ts';
import type { RecordPosition } from '../records.ts';
import { IdempotentProducer } from './idempotent-producer.ts';
import { planProducer } from './producer-plan.ts';

function startProducer(kafka: ModelKafka, settings: ProducerSettings = {}): IdempotentProducer {
  const plan = planProducer({ bootstrapServers: 'model:1' }, { deliveryTimeoutMs: 30_000, ...settings });
  const producer = new IdempotentProducer(plan, kafka, silentLogger);
  producer.start();
  return producer;
}

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const faults: readonly Fate[] = [
  'lost before',
  'lost after',
  { before: 6 },
  { before: 19 },
  { after: 7 },
  { after: 20 },
  { before: 2 },
];

async function sendThroughFaults(seed: number): Promise<void> {
  const random = seeded(seed);
  const kafka = new ModelKafka({
    partitions: 3,
    brokers: 2,
    maxBatchBytes: 1200,
    delayMs: () => random() * 3,
    fate: () => (random() < 0.3 ? (faults[Math.floor(random() * faults.length)] as Fate) : 'word'),
  });
  const producer = startProducer(kafka);
  const told: Promise<RecordPosition>[] = [];
  const sent: string[][] = [[], [], []];
  for (let index = 0; index < 300; index += 1) {
    const partition = Math.floor(random() * 3);
    sent[partition]?.push(`${index}`);
    told.push(producer.send({ ...textRecord('t', `${index}`), partition }));
    if (random() < 0.05) kafka.leaders[Math.floor(random() * 3)] = Math.floor(random() * 2);
    if (random() < 0.2) await new Promise((resolve) => setTimeout(resolve, random() * 5));
  }
  const positions = await Promise.all(told);
  const logged = kafka.logs.map((log) => log.values);
  assert.deepEqual(logged, sent, `every record once and in order (seed ${seed})`);
  for (const [index, { partition, offset }] of positions.entries())
    assert.equal(logged[partition]?.[offset], `${index}`, `at the position that was told (seed ${seed})`);
  // A batch that is halved after a try without a word may be there whole, so its partition begins anew.
  if (kafka.tooLargeAgain === 0) assert.equal(kafka.identities, 1, `under one identity (seed ${seed})`);
  else assert.ok(kafka.identities <= 1 + kafka.tooLargeAgain, `under no more identities than needed (seed ${seed})`);
  assert.equal(producer.inFlightBytes, 0);
  await producer.close();
}

describe('an idempotent producer', { concurrency: true }, () => {
  for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
    test(`whatever gets lost, refused or moved, each record is in its log once, in order, where send said (seed ${seed})`, () =>
      sendThroughFaults(seed));
  }

  test('while a request is under way the next one gathers, and a lone record leaves at once', async () => {
    const kafka = new ModelKafka({ delayMs: () => 5 });
    const producer = startProducer(kafka);
    await producer.send(textRecord('t', 'alone'));
    const first = producer.send(textRecord('t', 'first'));
    await new Promise((resolve) => setTimeout(resolve, 2));
    await Promise.all([first, ...['a', 'b', 'c'].map((text) => producer.send(textRecord('t', text)))]);
    assert.deepEqual(
      kafka.logs[0]?.batches.map(({ records }) => records),
      [1, 1, 3],
    );
    await producer.close();
  });

  test('a record that nothing is heard of is given up at its deadline', async () => {
    const fates: Fate[] = ['word', 'silence'];
    const kafka = new ModelKafka({ fate: () => fates.shift() ?? 'word' });
    const producer = startProducer(kafka, { deliveryTimeoutMs: 1000 });
    await producer.send(textRecord('t', 'before'));
    await assert.rejects(producer.send(textRecord('t', 'silent')), { code: 'KAFKA_TIMEOUT', retriable: true });
    assert.equal(producer.inFlightBytes, 0);
    await producer.close();
  });

  test('a batch that is given up between two tries makes the next one begin a new sequence', async () => {
    const fates: Fate[] = ['word', ...Array.from({ length: 40 }, (): Fate => 'lost after')];
    const kafka = new ModelKafka({ fate: () => fates.shift() ?? 'word' });
    const producer = startProducer(kafka, { deliveryTimeoutMs: 1000 });
    await producer.send(textRecord('t', 'before'));
    await assert.rejects(producer.send(textRecord('t', 'unlucky')), { code: 'KAFKA_UNREACHABLE', retriable: true });
    fates.length = 0;
    await producer.send(textRecord('t', 'after'));
    assert.deepEqual(kafka.logs[0]?.values, ['before', 'unlucky', 'after']);
    assert.deepEqual(
      kafka.logs[0].batches.map(({ producerId, sequence }) => `${producerId} ${sequence}`),
      ['1 0', '1 1', '2 0'],
    );
    await producer.close();
  });

  test('a broker that lost what it had acknowledged gets the next records under a new identity', async () => {
    const fates: Fate[] = ['word', 'word', { before: 45 }];
    const kafka = new ModelKafka({ fate: () => fates.shift() ?? 'word' });
    const producer = startProducer(kafka);
    for (const text of ['a', 'b', 'c']) await producer.send(textRecord('t', text));
    assert.deepEqual(kafka.logs[0]?.values, ['a', 'b', 'c']);
    assert.equal(kafka.identities, 2);
    await producer.close();
  });

  test('a batch that is refused as too large is halved until the culprit is alone, and numbers stay without a gap', async () => {
    const kafka = new ModelKafka({ maxBatchBytes: 300 });
    const producer = startProducer(kafka);
    const texts = ['a', 'b', 'x'.repeat(400), 'c', 'd'];
    const outcomes = await Promise.allSettled(texts.map((text) => producer.send(textRecord('t', text))));
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? 'sent' : (outcome.reason as KafkaError).code)),
      ['sent', 'sent', 'KAFKA_TOO_LARGE', 'sent', 'sent'],
    );
    await producer.send(textRecord('t', 'e'));
    assert.deepEqual(kafka.logs[0]?.values, ['a', 'b', 'c', 'd', 'e']);
    assert.equal(kafka.identities, 1);
    await producer.close();
  });

  test('receiver F-06: a topic without metadata fails fast once that is known, and holds up no other', async () => {
    const kafka = new ModelKafka({ topicError: (topic) => (topic === 'missing' ? 3 : topic === 'slow' ? 13 : 0) });
    const producer = startProducer(kafka, { deliveryTimeoutMs: 1000 });
    const slow = assert.rejects(producer.send(textRecord('slow', 'x')), { name: 'KafkaError', retriable: true });
    const missing = assert.rejects(producer.send(textRecord('missing', 'x')), { code: 'KAFKA_UNKNOWN_TOPIC' });
    const begun = performance.now();
    await producer.send(textRecord('there', 'x'));
    await missing;
    assert.ok(performance.now() - begun < 900, 'before the delivery time-out');
    await assert.rejects(producer.send(textRecord('missing', 'x')), { code: 'KAFKA_UNKNOWN_TOPIC', retriable: true });
    await slow;
    await producer.close();
  });

  for (const [errorCode, code, retriable] of [
    [29, 'KAFKA_AUTHORIZATION', true],
    [17, 'KAFKA_OTHER', false],
  ] as const) {
    test(`a topic that is refused with ${errorCode} is ${code} at once, and used when that is over`, async () => {
      let refused = true;
      const kafka = new ModelKafka({ topicError: () => (refused ? errorCode : 0) });
      const producer = startProducer(kafka);
      await assert.rejects(producer.send(textRecord('t', 'x')), { code, retriable });
      refused = false;
      let taken = false;
      await eventually('it is taken', () => {
        void producer.send(textRecord('t', 'x')).then(
          () => (taken = true),
          () => undefined,
        );
        return taken;
      });
      await producer.close();
    });
  }

  for (const [errorCode, code] of [
    [29, 'KAFKA_AUTHORIZATION'],
    [10, 'KAFKA_TOO_LARGE'],
    [87, 'KAFKA_INVALID_RECORD'],
    [35, 'KAFKA_OTHER'],
  ] as const) {
    test(`a record that its leader refuses with ${errorCode} is ${code}, and the next one goes`, async () => {
      const fates: Fate[] = [{ before: errorCode }];
      const kafka = new ModelKafka({ fate: () => fates.shift() ?? 'word' });
      const producer = startProducer(kafka);
      await assert.rejects(producer.send(textRecord('t', 'x')), { code });
      await producer.send(textRecord('t', 'y'));
      assert.deepEqual(kafka.logs[0]?.values, ['y']);
      assert.equal(kafka.identities, 1);
      await producer.close();
    });
  }

  test('a record that may be in the log although its leader failed does not lend its number to the next one', async () => {
    const fates: Fate[] = [{ after: -1 }];
    const kafka = new ModelKafka({ fate: () => fates.shift() ?? 'word' });
    const producer = startProducer(kafka);
    await assert.rejects(producer.send(textRecord('t', 'x')), { code: 'KAFKA_OTHER' });
    await producer.send(textRecord('t', 'y'));
    assert.deepEqual(kafka.logs[0]?.values, ['x', 'y']);
    await producer.close();
  });

  test('an identity that Kafka cannot give for a moment is waited for', async () => {
    const kafka = new ModelKafka({ identityErrors: [-1, -1] });
    const producer = startProducer(kafka);
    await producer.send(textRecord('t', 'x'));
    await producer.close();
  });

  test('an identity that Kafka does not allow is the reason that is given at once', async () => {
    const kafka = new ModelKafka({ identityErrors: [31] });
    const producer = startProducer(kafka);
    await assert.rejects(producer.send(textRecord('t', 'x')), { code: 'KAFKA_AUTHORIZATION' });
    await producer.close();
  });

  test('settings that cannot work are the reason that is given at once', async () => {
    const kafka = new ModelKafka();
    kafka.away = new UserError('Broker requires TLS.');
    const producer = startProducer(kafka);
    await assert.rejects(producer.send(textRecord('t', 'x')), { code: 'KAFKA_OTHER', retriable: false });
    await producer.close();
  });

  test('a record does not join one that waited for metadata for long, and is not given up with it', async () => {
    // Of the identity and of metadata.
    const delays = [1300, 600];
    const kafka = new ModelKafka({ delayMs: () => delays.shift() ?? 0 });
    const producer = startProducer(kafka, { deliveryTimeoutMs: 1000 });
    const old = assert.rejects(producer.send(textRecord('t', 'old')), { code: 'KAFKA_TIMEOUT' });
    await eventually('there is metadata', () => kafka.asked.length > 0);
    await producer.send(textRecord('t', 'new'));
    await old;
    assert.deepEqual(kafka.logs[0]?.values, ['new']);
    await producer.close();
  });

  test('a producer that was closed asks for nothing, whatever fails then', async () => {
    let delayMs = 0;
    const kafka = new ModelKafka({
      partitions: 2,
      brokers: 2,
      delayMs: () => delayMs,
      fate: ({ partition }) => (partition === 1 ? { after: -1 } : 'word'),
    });
    const producer = startProducer(kafka);
    await producer.send({ ...textRecord('t', 'x'), partition: 0 });
    await assert.rejects(producer.send({ ...textRecord('t', 'x'), partition: 1 }), { code: 'KAFKA_OTHER' });
    delayMs = 2000;
    const sends = [producer.send({ ...textRecord('t', 'under way'), partition: 0 })];
    await new Promise((resolve) => setTimeout(resolve, 20));
    kafka.away = new NetworkError('nobody listens');
    // This one needs another identity, which cannot be had.
    for (const partition of [0, 1]) sends.push(producer.send({ ...textRecord('t', 'waits'), partition }));
    const closed = sends.map((sent) => assert.rejects(sent, { code: 'KAFKA_CLOSED' }));
    await producer.close();
    await Promise.all(closed);
    kafka.away = undefined;
    delayMs = 0;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal(kafka.identities, 1);
  });

  test('a broker that moved is found by every topic, whichever of them heard of it', async () => {
    const kafka = new ModelKafka();
    const producer = startProducer(kafka, { deliveryTimeoutMs: 5000 });
    await producer.send(textRecord('quiet', 'x'));
    await producer.send(textRecord('busy', 'x'));
    kafka.host = 'moved';
    await producer.send(textRecord('busy', 'y'));
    await producer.send(textRecord('quiet', 'y'));
    await producer.close();
  });

  test('a record for a partition that is not there is refused', async () => {
    const producer = startProducer(new ModelKafka({ partitions: 2 }));
    for (const round of ['before metadata', 'after']) {
      await assert.rejects(
        producer.send({ ...textRecord('t', round), partition: 2 }),
        { code: 'KAFKA_UNKNOWN_TOPIC', retriable: true },
        round,
      );
    }
    assert.equal(producer.inFlightBytes, 0);
    await producer.close();
  });

  test('refused credentials are the reason that is given when time is up, and closing does not wait for them', async () => {
    const kafka = new ModelKafka();
    kafka.away = new AuthenticationError('SASL authentication failed.');
    const producer = startProducer(kafka, { deliveryTimeoutMs: 1000 });
    await assert.rejects(producer.send(textRecord('t', 'x')), { code: 'KAFKA_AUTHENTICATION', retriable: true });
    const late = producer.send(textRecord('t', 'x'));
    const outcome = assert.rejects(
      late,
      ({ code }: KafkaError) => code === 'KAFKA_CLOSED' || code === 'KAFKA_AUTHENTICATION',
    );
    await producer.close();
    await outcome;
    await assert.rejects(producer.send(textRecord('t', 'x')), { code: 'KAFKA_CLOSED' });
  });

  test('closing waits for what was accepted, and does not wait for company', async () => {
    const kafka = new ModelKafka({ partitions: 4 });
    const producer = startProducer(kafka, { lingerMs: 10_000 });
    const sends = Array.from({ length: 20 }, (_, index) =>
      producer.send({ ...textRecord('t', `${index}`), key: `${index}` }),
    );
    await producer.close();
    assert.equal((await Promise.all(sends)).length, 20);
  });

  test('records without a key gather in one partition until they are sent, and in all of them over time', async () => {
    const kafka = new ModelKafka({ partitions: 4 });
    const producer = startProducer(kafka);
    await producer.send({ ...textRecord('t', 'first'), key: null });
    for (let round = 0; round < 60; round += 1)
      await Promise.all(
        [1, 2, 3].map((text) => producer.send({ topic: 't', key: null, value: Buffer.from(`${text}`), headers: [] })),
      );
    const batches = kafka.logs.map((log) => log.batches.length);
    assert.ok(
      batches.every((count) => count > 3),
      `batches by partition: ${batches.join(', ')}`,
    );
    assert.ok(kafka.logs.every((log) => log.batches.every(({ records }) => records === 3 || records === 1)));
    await producer.close();
  });
});
