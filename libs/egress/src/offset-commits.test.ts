import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KafkaError, type OffsetCommit, type OffsetCommitResult } from '@eventing-kafka/kafka-client';
import { createLogger } from '@eventing-kafka/logging';
import { until } from '../testing/until.ts';
import type { EgressPartition } from './egress-partition.ts';
import { OffsetCommits } from './offset-commits.ts';

/** As much of a partition as is committed. */
function partitionOf(consumerGroup: string): EgressPartition {
  const part = {
    abandoned: false,
    isSigned: true,
    progress: 'delivered',
    topic: 't',
    partition: 0,
    committedAtMs: 0,
    committedOffset: 0,
    committedRevision: 0,
    tracker: { revision: 1, committable: () => ({ offset: part.tracker.revision, metadata: '' }) },
    pipeline: { plan: { consumerGroup } },
    refused: () => undefined,
  };
  return part as unknown as EgressPartition;
}

/** Moves on by one record. */
function advance(part: EgressPartition): void {
  (part.tracker as { revision: number }).revision += 1;
}

function start(commit: (commits: readonly OffsetCommit[]) => Promise<readonly OffsetCommitResult[]>): {
  commits: OffsetCommits;
  lines: string[];
} {
  const lines: string[] = [];
  const store = { fetch: () => Promise.resolve([]), commit, [Symbol.asyncDispose]: () => Promise.resolve() };
  const schedule = { commitIntervalMs: 5, filteredCommitIntervalMs: 5, idleCommitIntervalMs: 1e9 };
  const logger = createLogger({ level: 'warn', format: 'text', write: (line) => lines.push(line) });
  return { commits: new OffsetCommits({ store, schedule, logger, now: Date.now }), lines };
}

describe('offset commits', () => {
  test('a group that is not answered holds back no other', async () => {
    const never = Promise.withResolvers<readonly OffsetCommitResult[]>();
    const { commits } = start((asked) =>
      asked.some(({ groupId }) => groupId === 'stuck') ? never.promise : Promise.resolve(asked),
    );
    const [stuck, good] = [partitionOf('stuck'), partitionOf('good')];
    for (const part of [stuck, good]) {
      commits.follow(part);
      commits.moved(part);
    }
    await until('the other is committed', () => good.committedRevision === 1);
    advance(good);
    await commits.commitNow([good]);
    assert.equal(good.committedRevision, 2);
    advance(good);
    commits.moved(good);
    await until('rounds go on', () => good.committedRevision === 3);
    assert.equal(stuck.committedRevision, 0);
    never.resolve([]);
    await commits[Symbol.asyncDispose]();
  });

  test('while Kafka is away a round makes one line, however many groups there are', async () => {
    const error = new KafkaError('KAFKA_UNREACHABLE', 'away', { retriable: true });
    let isAway = true;
    const { commits, lines } = start((asked) =>
      Promise.resolve(asked.map((commit) => (isAway ? { ...commit, error } : commit))),
    );
    const parts = Array.from({ length: 20 }, (_, index) => partitionOf(`g${index}`));
    for (const part of parts) {
      commits.follow(part);
      commits.moved(part);
    }
    await until('it is told', () => lines.length > 0);
    isAway = false;
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /groups=20/);
    await until('all are committed', () => parts.every((part) => part.committedRevision === 1));
    await commits[Symbol.asyncDispose]();
  });

  test('what Kafka has counts as signed once it took a signed commit, and no longer once it may have an unsigned one', async () => {
    const error = new KafkaError('KAFKA_TIMEOUT', 'too slow', { retriable: true });
    let isAway = false;
    const { commits } = start((asked) =>
      Promise.resolve(asked.map((commit) => (isAway ? { ...commit, error } : commit))),
    );
    const part = partitionOf('g');
    const told: boolean[] = [];
    for (const [metadata, away] of [
      ['', false],
      ['signed', true],
      ['signed', false],
      ['signed', true],
      ['', true],
    ] as const) {
      isAway = away;
      part.tracker.committable = () => ({ offset: part.tracker.revision, metadata });
      await commits.commitNow([part]);
      told.push(part.isSigned);
      advance(part);
    }
    assert.deepEqual(told, [false, false, true, true, false]);
    await commits[Symbol.asyncDispose]();
  });

  test('the late answer to an older commit sets nothing back', async () => {
    const answers: (() => void)[] = [];
    const { commits } = start(
      (asked) =>
        new Promise((resolve) => {
          answers.push(() => resolve(asked));
        }),
    );
    const part = partitionOf('g');
    commits.follow(part);
    const older = commits.commitNow([part]);
    advance(part);
    const newer = commits.commitNow([part]);
    answers[1]?.();
    await newer;
    answers[0]?.();
    await older;
    assert.deepEqual([part.committedRevision, part.committedOffset], [2, 2]);
    await commits[Symbol.asyncDispose]();
  });
});
