import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  eventually,
  freshName,
  newTopic,
  readRecords,
  readTexts,
  RecordingHandler,
  sendTexts,
  staysSilent,
} from './harness.ts';
import type { KafkaUnderTest } from './harness.ts';

/** What feeds and readers must do, on whatever Kafka. */
export function testFeeds(kafka: () => KafkaUnderTest): void {
  test('a feed starts each partition where its owner says', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await sendTexts(kafka(), topic, ['a0', 'a1', 'a2'], 0);
    await sendTexts(kafka(), topic, ['b0', 'b1'], 1);
    await sendTexts(kafka(), topic, ['c0'], 2);
    const handler = new RecordingHandler();
    handler.assigned = (partitions) => {
      for (const partition of partitions) handler.owned.add(partition);
      return Promise.resolve(
        new Map<number, number | 'earliest' | 'latest'>([
          [0, 2],
          [1, 'earliest'],
          [2, 'latest'],
          [3, 'earliest'],
        ]),
      );
    };
    await using feed = await clients.feed(cluster, { topic, groupId: freshName('group'), handler });
    assert.deepEqual((await readTexts(feed, 3)).sort(), ['a2', 'b0', 'b1']);
    assert.equal(feed.position(0), 3);
    assert.equal(feed.position(1), 2);
    assert.equal(feed.position(3) ?? 0, 0);
    assert.equal(feed.position(9), undefined);
    assert.deepEqual(handler.failures, []);
    await sendTexts(kafka(), topic, ['c1'], 2);
    assert.deepEqual(await readTexts(feed, 1), ['c1']);
  });

  test('partitions are handed to a new member after the old one finished with them, and come back when it leaves', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    const groupId = freshName('group');
    const log: string[] = [];
    const first = new RecordingHandler();
    first.onRevoked = async () => {
      log.push('first begins to finish');
      await new Promise((resolve) => setTimeout(resolve, 100));
      log.push('first has finished');
    };
    const second = new RecordingHandler();
    const assigned = second.assigned.bind(second);
    second.assigned = (partitions) => {
      log.push('second is assigned');
      return assigned(partitions);
    };
    await using firstFeed = await clients.feed(cluster, { topic, groupId, handler: first });
    const stop = new AbortController();
    const reading = firstFeed.nextBatch({ maxRecords: 1, signal: stop.signal });
    await eventually('the first member owns all', () => first.owned.size === 4);
    const secondFeed = await clients.feed(cluster, { topic, groupId, handler: second });
    await eventually('both own two', () => first.owned.size === 2 && second.owned.size === 2);
    assert.deepEqual([...first.owned, ...second.owned].sort(), [0, 1, 2, 3]);
    assert.deepEqual(log, ['first begins to finish', 'first has finished', 'second is assigned']);
    await secondFeed[Symbol.asyncDispose]();
    assert.equal(second.owned.size, 0);
    await eventually('the first owns all again', () => first.owned.size === 4);
    stop.abort();
    assert.deepEqual(await reading, []);
  });

  test('an owner that does not finish is not waited for beyond the limit', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    const groupId = freshName('group');
    const first = new RecordingHandler();
    first.onRevoked = () => new Promise<never>(() => undefined);
    const second = new RecordingHandler();
    const firstFeed = await clients.feed(cluster, { topic, groupId, handler: first, revokeTimeoutMs: 200 });
    await eventually('the first member owns all', () => first.owned.size === 4);
    await using _second = await clients.feed(cluster, { topic, groupId, handler: second });
    await eventually('the second owns two', () => second.owned.size === 2);
    await firstFeed[Symbol.asyncDispose]();
    await eventually('the second owns all', () => second.owned.size === 4);
  });

  test('an owner that cannot tell where to start is asked again', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await sendTexts(kafka(), topic, ['a']);
    const handler = new RecordingHandler();
    const assigned = handler.assigned.bind(handler);
    let asked = 0;
    handler.assigned = (partitions) => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error('the offset store is away')) : assigned(partitions);
    };
    await using feed = await clients.feed(cluster, { topic, groupId: freshName('group'), handler });
    assert.deepEqual(await readTexts(feed, 1), ['a']);
    assert.equal(handler.failures.length, 1);
    assert.match(handler.failures[0]?.message ?? '', /the offset store is away/);
  });

  test('a feed can be disposed while its owner still thinks about where to start', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    const handler = new RecordingHandler();
    let asked = false;
    handler.assigned = () => {
      asked = true;
      return new Promise<never>(() => undefined);
    };
    const feed = await clients.feed(cluster, { topic, groupId: freshName('group'), handler });
    await eventually('the owner is asked', () => asked);
    await feed[Symbol.asyncDispose]();
  });

  test('a paused partition is silent, others go on, and resuming takes it up where it was', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await sendTexts(kafka(), topic, ['a0', 'a1', 'a2'], 0);
    await using reader = await clients.reader(cluster, {
      topic,
      positions: new Map([
        [0, 0],
        [1, 0],
      ]),
    });
    assert.deepEqual(
      (await readRecords(reader, 1, 1)).map((record) => record.offset),
      [0],
    );
    reader.pause([0]);
    reader.pause([0]);
    await sendTexts(kafka(), topic, ['b0'], 1);
    assert.deepEqual(await readTexts(reader, 1), ['b0']);
    assert.equal(await staysSilent(reader), true);
    assert.equal(reader.position(0), 1);
    reader.resume([0]);
    reader.resume([0]);
    assert.deepEqual(await readTexts(reader, 2), ['a1', 'a2']);
  });

  test('a partition that was paused when it was given up is not paused when it comes back', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    const groupId = freshName('group');
    const first = new RecordingHandler();
    const second = new RecordingHandler();
    await using feed = await clients.feed(cluster, { topic, groupId, handler: first });
    await eventually('the first member owns all', () => first.owned.size === 4);
    // Asked for, so that the pause reaches the driver at once.
    const reading = readTexts(feed, 2);
    await sleep(50);
    feed.pause([0, 1, 2, 3]);
    const other = await clients.feed(cluster, { topic, groupId, handler: second });
    await eventually('both own two', () => first.owned.size === 2 && second.owned.size === 2);
    const moved = [...second.owned];
    await other[Symbol.asyncDispose]();
    await eventually('the first owns all again', () => first.owned.size === 4);
    for (const partition of moved) await sendTexts(kafka(), topic, [`p${partition}`], partition);
    assert.deepEqual((await reading).sort(), moved.map((partition) => `p${partition}`).sort());
  });

  test('seek moves back and forth, also in a paused partition', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await sendTexts(kafka(), topic, ['0', '1', '2', '3', '4']);
    await using reader = await clients.reader(cluster, { topic, positions: new Map([[0, 0]]) });
    assert.deepEqual(await readTexts(reader, 5), ['0', '1', '2', '3', '4']);
    await reader.seek(0, 1);
    assert.equal(reader.position(0), 1);
    assert.deepEqual(
      (await readRecords(reader, 1, 1)).map((record) => record.offset),
      [1],
    );
    await reader.seek(0, 4);
    assert.deepEqual(await readTexts(reader, 1), ['4']);
    reader.pause([0]);
    await reader.seek(0, 3);
    assert.equal(await staysSilent(reader), true);
    reader.resume([0]);
    assert.deepEqual(await readTexts(reader, 2), ['3', '4']);
    await assert.rejects(reader.seek(2, 0), { code: 'KAFKA_CLOSED' });
  });

  test('an offset that is not in the log is reported, and reading goes on at the first record', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    await sendTexts(kafka(), topic, ['a', 'b']);
    const handler = new RecordingHandler();
    await using reader = await clients.reader(cluster, {
      topic,
      positions: new Map([[0, 1000]]),
      failed: (error) => {
        handler.failed(error);
      },
    });
    assert.deepEqual(await readTexts(reader, 2), ['a', 'b']);
    assert.deepEqual(
      handler.failures.map((error) => [error.code, error.retriable]),
      [['KAFKA_OFFSET_OUT_OF_RANGE', true]],
    );
  });

  test('a feed that nobody asks for records keeps its partitions, and goes on without a gap when asked', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    const texts = Array.from({ length: 300 }, (_, index) => `${index}`);
    await sendTexts(kafka(), topic, texts);
    const handler = new RecordingHandler();
    await using feed = await clients.feed(cluster, { topic, groupId: freshName('group'), handler });
    const early = await readRecords(feed, 10, 10);
    // Longer than the feed waits before it pauses its partitions.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const late = await readRecords(feed, texts.length - early.length);
    assert.deepEqual(
      [...early, ...late].map((record) => record.offset),
      texts.map(Number),
    );
    assert.deepEqual(handler.events, ['assigned 0 1 2 3']);
  });

  test('nextBatch ends with nothing when its signal aborts or the feed is disposed, and is one at a time', async () => {
    const topic = await newTopic(kafka());
    const { clients, cluster } = kafka();
    const reader = await clients.reader(cluster, { topic, positions: new Map([[0, 0]]) });
    const abort = new AbortController();
    const never = new AbortController().signal;
    const waiting = reader.nextBatch({ maxRecords: 1, signal: abort.signal });
    await assert.rejects(reader.nextBatch({ maxRecords: 1, signal: never }), /one at a time/);
    abort.abort();
    assert.deepEqual(await waiting, []);
    assert.deepEqual(await reader.nextBatch({ maxRecords: 1, signal: abort.signal }), []);
    const last = reader.nextBatch({ maxRecords: 1, signal: never });
    await reader[Symbol.asyncDispose]();
    await reader[Symbol.asyncDispose]();
    assert.deepEqual(await last, []);
    await assert.rejects(reader.nextBatch({ maxRecords: 1, signal: never }), { code: 'KAFKA_CLOSED' });
    await assert.rejects(reader.seek(0, 0), { code: 'KAFKA_CLOSED' });
  });
}
