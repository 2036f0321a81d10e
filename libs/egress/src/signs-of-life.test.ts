import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { KafkaError, type CommittedOffset, type OffsetCommit, type OffsetStore } from '@eventing-kafka/kafka-client';
import { silentLogger } from '@eventing-kafka/logging';
import { SignsOfLife, type SharedFeed } from './signs-of-life.ts';

const feed: SharedFeed = { topic: 't', groupId: 'feed-t', partitionCount: 1 };

/** Signs of one process, with a Kafka that refuses to hear them if told to, and a clock that may be put forward. */
function start(t: TestContext) {
  let aheadMs = 0;
  const clock = performance.now.bind(performance);
  t.mock.method(performance, 'now', () => clock() + aheadMs);
  const world = { feeds: [] as SharedFeed[], refusal: undefined as KafkaError | undefined, commits: 0 };
  const removed: string[] = [];
  const store: OffsetStore = {
    fetch: (): Promise<CommittedOffset[]> =>
      world.refusal === undefined ? Promise.resolve([]) : Promise.reject(world.refusal),
    commit: (commits: readonly OffsetCommit[]) => {
      world.commits += 1;
      return Promise.resolve(commits.map((commit) => ({ ...commit, error: undefined })));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  } as unknown as OffsetStore;
  const signs = SignsOfLife.start({
    store,
    topics: {
      removeMembers: (groupId, names) => {
        removed.push(`${names.join()} of ${groupId}`);
        return Promise.resolve(names.length);
      },
    },
    logger: silentLogger,
    groupIdPrefix: 'alive-',
    name: 'me',
    feeds: () => world.feeds,
    intervalMs: 20,
  });
  t.after(() => signs[Symbol.asyncDispose]());
  const given = async (count: number): Promise<void> => {
    const enough = world.commits + count;
    while (world.commits < enough) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { world, removed, given, forward: (ms: number) => (aheadMs += ms) };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('a process that had no feeds for long keeps the membership of its first one', async (t) => {
  const { world, removed, given, forward } = start(t);
  forward(60_000);
  await pause(120);
  world.feeds = [feed];
  await given(2);
  assert.deepEqual(removed, []);
});

test('after Kafka was away for longer than sessions last, what it holds of before is ended', async (t) => {
  const { world, removed, given, forward } = start(t);
  world.feeds = [feed];
  await given(2);
  world.refusal = new KafkaError('KAFKA_UNREACHABLE', 'away', { retriable: true });
  await pause(50);
  forward(30_000);
  world.refusal = undefined;
  await given(2);
  assert.deepEqual(removed, ['me of feed-t']);
});
