import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLogger } from '@eventing-kafka/logging';
import { textOfCode } from './error-codes.ts';
import type { NativeDeliveryReport, NativeEvents, NativeProducer, OpenHandle } from './native-client.ts';
import { planProducer } from './producer-properties.ts';
import { RdkafkaProducer } from './rdkafka-producer.ts';
import { eventually } from '../../integration/harness.ts';

/** A native producer that does what the test says: librdkafka cannot be made to fail fatally from outside. */
class BrokenNative {
  readonly opaques: unknown[] = [];
  closed = false;
  nextCode = 0;
  readonly events: NativeEvents;
  readonly report: (error: Error | null, report: NativeDeliveryReport) => void;

  constructor(events: NativeEvents, report: (error: Error | null, report: NativeDeliveryReport) => void) {
    this.events = events;
    this.report = report;
  }

  asHandle(): OpenHandle<NativeProducer> {
    const handle = {
      produce: (...args: unknown[]) => {
        if (this.nextCode === 0) this.opaques.push(args[5]);
        return this.nextCode;
      },
      poll: () => {
        if (this.closed) throw new Error('polled after it was closed');
      },
      getMetadata: () => undefined,
    };
    return {
      handle: handle as unknown as NativeProducer,
      close: () => {
        this.closed = true;
        return Promise.resolve();
      },
    };
  }
}

async function start(
  refuseToOpen: (count: number) => boolean = () => false,
): Promise<{ producer: RdkafkaProducer; natives: BrokenNative[] }> {
  const natives: BrokenNative[] = [];
  let opened = 0;
  const plan = planProducer({ bootstrapServers: 'nowhere:1' }, { deliveryTimeoutMs: 1000 }, 'test');
  const producer = new RdkafkaProducer(
    (events, report) => {
      opened += 1;
      if (refuseToOpen(opened)) return Promise.reject(new Error('no more threads'));
      const native = new BrokenNative(events, report);
      natives.push(native);
      return Promise.resolve(native.asHandle());
    },
    plan,
    silentLogger,
  );
  await producer.start();
  return { producer, natives };
}

const record = { topic: 't', key: null, value: Buffer.from('v'), headers: [] };

describe('a librdkafka producer', { concurrency: true }, () => {
  test('after a fatal error a new producer takes over, and what was under way is reported as retriable', async () => {
    const { producer, natives } = await start();
    const lost = producer.send(record);
    natives[0]?.events.error?.(new Error(textOfCode(-150)));
    await assert.rejects(lost, { code: 'KAFKA_FATAL', retriable: true, fatal: true });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(natives[0]?.closed, true);
    const sent = producer.send(record);
    natives[1]?.report(null, { partition: 1, offset: 2, opaque: natives[1].opaques[0] });
    assert.deepEqual(await sent, { partition: 1, offset: 2 });
    assert.equal(producer.inFlightBytes, 0);
    await producer.close();
  });

  test('a fatal error that a send runs into replaces the producer as well', async () => {
    const { producer, natives } = await start();
    if (natives[0] !== undefined) natives[0].nextCode = -150;
    await assert.rejects(producer.send(record), { code: 'KAFKA_FATAL' });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(natives.length, 2);
    await producer.close();
  });

  test('a new producer that cannot be made at once is made later', async () => {
    const { producer, natives } = await start((count) => count === 2);
    natives[0]?.events.error?.(new Error(textOfCode(-150)));
    await assert.rejects(producer.send(record), { code: 'KAFKA_FATAL', retriable: true });
    await eventually('there is another', () => natives.length === 2);
    const sent = producer.send(record);
    natives[1]?.report(null, { partition: 1, offset: 2, opaque: natives[1].opaques[0] });
    assert.deepEqual(await sent, { partition: 1, offset: 2 });
    await producer.close();
  });

  test('a producer that fails while it sends again what was too large leaves no turn taken to the next one', async () => {
    const { producer, natives } = await start();
    const tooLarge = new Error(textOfCode(10));
    const lost = assert.rejects(producer.send(record), { code: 'KAFKA_FATAL' });
    const [first] = natives;
    first?.report(tooLarge, { partition: 0, offset: -1, opaque: first.opaques[0] });
    assert.equal(first?.opaques.length, 2);
    first.events.error?.(new Error(textOfCode(-150)));
    await lost;
    await eventually('there is another', () => natives.length === 2 && first.closed);
    const sent = producer.send(record);
    const second = natives[1];
    second?.report(tooLarge, { partition: 0, offset: -1, opaque: second.opaques[0] });
    assert.equal(second?.opaques.length, 2);
    second.report(null, { partition: 1, offset: 2, opaque: second.opaques[1] });
    assert.deepEqual(await sent, { partition: 1, offset: 2 });
    await producer.close();
  });

  test('a record that nothing is heard of is given up at its deadline, with the trouble Kafka is in', async () => {
    const { producer, natives } = await start();
    const silent = producer.send(record);
    await assert.rejects(silent, { code: 'KAFKA_TIMEOUT', retriable: true });
    natives[0]?.events.error?.(new Error(textOfCode(-169)));
    natives[0]?.events.error?.(new Error(textOfCode(-187)));
    await assert.rejects(producer.send(record), { code: 'KAFKA_AUTHENTICATION', retriable: true });
    // A report that comes after all is of no interest any more.
    natives[0]?.report(null, { partition: 0, offset: 0, opaque: natives[0].opaques[0] });
    assert.equal(producer.inFlightBytes, 0);
    await producer.close();
  });

  test('closing rejects what Kafka, known to be away, will not take, and polls no closed handle', async () => {
    const { producer, natives } = await start();
    natives[0]?.events.error?.(new Error(textOfCode(-187)));
    const sent = producer.send(record);
    const outcome = assert.rejects(
      sent,
      (error: { code?: string }) => error.code === 'KAFKA_CLOSED' || error.code === 'KAFKA_UNREACHABLE',
    );
    await producer.close();
    await outcome;
    await assert.rejects(producer.send(record), { code: 'KAFKA_CLOSED' });
  });

  for (const [code, expected] of [
    [-184, 'KAFKA_QUEUE_FULL'],
    [-188, 'KAFKA_UNKNOWN_TOPIC'],
    [29, 'KAFKA_AUTHORIZATION'],
    [87, 'KAFKA_OTHER'],
  ] as const) {
    test(`librdkafka's code ${code} is ${expected}, refused or reported`, async () => {
      const { producer, natives } = await start();
      const reported = producer.send(record);
      natives[0]?.report(new Error(textOfCode(code)), { partition: -1, offset: -1, opaque: natives[0].opaques[0] });
      await assert.rejects(reported, { code: expected });
      if (natives[0] !== undefined) natives[0].nextCode = code;
      await assert.rejects(producer.send(record), { code: expected });
      await producer.close();
    });
  }

  test('records of a batch that is refused as too large are sent again one by one, and the culprit is given up', async () => {
    const { producer, natives } = await start();
    const native = natives[0];
    assert.ok(native);
    const tooLarge = new Error(textOfCode(10));
    const [culprit, innocent] = [producer.send(record), producer.send(record)];
    const [first, second] = native.opaques;
    native.report(tooLarge, { partition: 0, offset: -1, opaque: first });
    native.report(tooLarge, { partition: 0, offset: -1, opaque: second });
    assert.deepEqual(native.opaques.slice(2), [first], 'one at a time');
    native.report(tooLarge, { partition: 0, offset: -1, opaque: first });
    assert.deepEqual(native.opaques.slice(2), [first, second]);
    native.report(null, { partition: 0, offset: 7, opaque: second });
    assert.deepEqual(await innocent, { partition: 0, offset: 7 });
    for (let tries = 0; tries < 2; tries += 1) native.report(tooLarge, { partition: 0, offset: -1, opaque: first });
    await assert.rejects(culprit, { code: 'KAFKA_TOO_LARGE', retriable: false });
    assert.equal(producer.inFlightBytes, 0);
    await producer.close();
  });
});
