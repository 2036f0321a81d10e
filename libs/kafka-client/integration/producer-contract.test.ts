import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKafkaError } from '../src/index.ts';
import { newTopic, readRecords, readTexts, textRecord } from './harness.ts';
import type { KafkaUnderTest } from './harness.ts';

/** What a producer must do, on whatever Kafka. */
export function testProducers(kafka: () => KafkaUnderTest): void {
  test('a record arrives as it was sent, at the position that send told', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await using producer = await clients.producer(cluster);
    const headers = [
      { name: 'ce_type', value: 'com.example' },
      { name: 'ce_type', value: 'again' },
      { name: 'grüße', value: Buffer.from('ünïcode') },
      { name: '1', value: '' },
    ];
    const value = Buffer.from([0, 1, 254, 255]);
    const position = await producer.send({ topic, key: 'key', value, headers });
    await using reader = await clients.reader(cluster, {
      topic,
      positions: new Map([[position.partition, position.offset]]),
    });
    const [record] = await readRecords(reader, 1);
    assert.deepEqual({ partition: record?.partition, offset: record?.offset }, position);
    assert.deepEqual(record?.key, Buffer.from('key'));
    assert.deepEqual(record.value, value);
    assert.deepEqual(
      record.headers.map(({ name, value: bytes }) => `${name}=${bytes?.toString() ?? ''}`),
      ['ce_type=com.example', 'ce_type=again', 'grüße=ünïcode', '1='],
    );
    assert.ok(Math.abs(record.timestampMs - Date.now()) < 60_000);
  });

  test('no key, no value, empty ones and keys with NUL stay what they are', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await using producer = await clients.producer(cluster);
    const pairs = [
      [null, null],
      ['', Buffer.alloc(0)],
      ['a\0b', Buffer.from('x')],
      [Buffer.from([0, 255]), Buffer.from('y')],
    ] as const;
    for (const [key, value] of pairs) await producer.send({ topic, key, value, headers: [], partition: 2 });
    await using reader = await clients.reader(cluster, { topic, positions: new Map([[2, 0]]) });
    const records = await readRecords(reader, pairs.length);
    assert.deepEqual(
      records.map((record) => [record.key, record.value]),
      pairs.map(([key, value]) => [key === null ? null : Buffer.from(key), value]),
    );
  });

  test('a value of a header is text or any bytes', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await using producer = await clients.producer(cluster);
    const values = ['', 'a\0b', Buffer.from([0xff, 0, 0xfe])];
    const headers = values.map((value) => ({ name: 'h', value }));
    await producer.send({ topic, key: null, value: null, headers, partition: 1 });
    await using reader = await clients.reader(cluster, { topic, positions: new Map([[1, 0]]) });
    const [record] = await readRecords(reader, 1);
    assert.deepEqual(
      record?.headers.map(({ value }) => value),
      values.map((value) => Buffer.from(value)),
    );
  });

  test('a key leads to the partition that the Java client would choose', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await using producer = await clients.producer(cluster);
    // Hashes from the tests of Apache Kafka's own murmur2.
    const hashes = new Map([
      ['21', -973932308],
      ['foobar', -790332482],
      ['a-little-bit-long-string', -985981536],
      ['a-little-bit-longer-string', -1486304829],
      ['abc', 479470107],
    ]);
    for (const [key, hash] of hashes) {
      const { partition } = await producer.send({ topic, key, value: null, headers: [] });
      assert.equal(partition, (hash & 0x7fffffff) % 4, key);
    }
  });

  test('records sent at once for one key keep their order', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await using producer = await clients.producer(cluster);
    const texts = Array.from({ length: 2000 }, (_, index) => `${index}`);
    const positions = await Promise.all(
      texts.map((text) => producer.send({ topic, key: 'one', value: Buffer.from(text), headers: [] })),
    );
    const partition = positions[0]?.partition ?? 0;
    assert.deepEqual(
      positions.map((position) => position.offset),
      texts.map(Number),
    );
    await using reader = await clients.reader(cluster, { topic, positions: new Map([[partition, 0]]) });
    assert.deepEqual(await readTexts(reader, texts.length), texts);
  });

  test('a record that cannot be sent fails alone, with a code that says why', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await using producer = await clients.producer(cluster, { maxRecordBytes: 10_000 });
    const outcomes = await Promise.allSettled([
      producer.send(textRecord(topic, 'before')),
      producer.send(textRecord(topic, 'x'.repeat(20_000))),
      producer.send(textRecord(topic, 'after')),
    ]);
    assert.deepEqual(
      outcomes.map((outcome) =>
        outcome.status === 'fulfilled' ? 'sent' : isKafkaError(outcome.reason) && outcome.reason.code,
      ),
      ['sent', 'KAFKA_TOO_LARGE', 'sent'],
    );
    await using reader = await clients.reader(cluster, { topic, positions: new Map([[0, 0]]) });
    assert.deepEqual(await readTexts(reader, 2), ['before', 'after']);
  });

  test('more bytes than may be in flight are refused, and room is made by acknowledgements', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await using producer = await clients.producer(cluster, { maxInFlightBytes: 100_000 });
    const record = textRecord(topic, 'x'.repeat(30_000));
    const sends = Array.from({ length: 5 }, () => producer.send(record));
    assert.equal(producer.inFlightBytes, 90_000);
    const outcomes = await Promise.allSettled(sends);
    const refused = outcomes
      .filter((outcome) => outcome.status === 'rejected')
      .map((outcome) => outcome.reason as unknown);
    assert.equal(refused.length, 2);
    for (const error of refused) assert.ok(isKafkaError(error) && error.code === 'KAFKA_QUEUE_FULL' && error.retriable);
    assert.equal(producer.inFlightBytes, 0);
    await producer.send(record);
  });

  test('producers of equal settings are one until the last reference is given back', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    const first = await clients.producer(cluster, { lingerMs: 2 });
    const second = await clients.producer({ ...cluster }, { lingerMs: 2 });
    const other = await clients.producer(cluster, { lingerMs: 3 });
    const sent = first.send(textRecord(topic, 'shared'));
    assert.equal(second.inFlightBytes, first.inFlightBytes);
    assert.ok(second.inFlightBytes > 0);
    assert.equal(other.inFlightBytes, 0);
    await first[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    await sent;
    await assert.rejects(first.send(textRecord(topic, 'late')), { code: 'KAFKA_CLOSED' });
    await second.send(textRecord(topic, 'alive'));
    await second[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  test('receiver 20.4 P-09, receiver 20.4 P-10: disposing waits for the records under way, and what is sent after it is refused', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    const producer = await clients.producer(cluster, { lingerMs: 100 });
    const sends = Array.from({ length: 50 }, (_, index) => producer.send(textRecord(topic, `${index}`)));
    await producer[Symbol.asyncDispose]();
    assert.equal((await Promise.all(sends)).length, 50);
    await assert.rejects(producer.send(textRecord(topic, 'late')), { code: 'KAFKA_CLOSED' });
    await producer[Symbol.asyncDispose]();
  });
}
