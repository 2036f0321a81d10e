import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordFeed } from '@eventing-kafka/kafka-client';
import { CatchUpLane } from './catch-up-lane.ts';
import type { EgressPartition, EgressWindow } from './egress-partition.ts';
import { HeadReader } from './head-reader.ts';
import { PartitionWindow } from './partition-window.ts';
import { RecordBudget } from './record-budget.ts';

test('who reaches the head has it read at once, though nobody waited there before', async () => {
  const budget = new RecordBudget(1_000_000);
  const createWindow = (partition: number, offset: number): EgressWindow =>
    new PartitionWindow(partition, offset, budget, {
      skipped: () => undefined,
      undecodable: () => undefined,
      appended: () => undefined,
    });
  const head = createWindow(0, 7);
  const reader = new HeadReader({
    budget,
    limits: { maxBatchRecords: 500, maxLeadBytes: 1_000 },
    recovered: () => undefined,
    failed: () => undefined,
    wentBack: () => undefined,
  });
  reader.own(head);
  const closing = new AbortController();
  const asked = Promise.withResolvers<string>();
  const feed: Pick<RecordFeed, 'nextBatch' | 'pause' | 'resume'> = {
    nextBatch: () => {
      asked.resolve('read');
      closing.abort();
      return Promise.resolve([]);
    },
    pause: () => undefined,
    resume: () => undefined,
  };
  const running = reader.run(feed as RecordFeed, closing.signal);
  const part = {
    nextOffset: 7,
    enter: (window: EgressWindow) => window.cursors.add(part),
    isHungry: () => true,
    proceed: () => undefined,
    roomier: () => {
      reader.requestReview(true);
    },
  } as unknown as EgressPartition;
  const lane = new CatchUpLane(0, { headOf: () => head, createWindow, maxLeadBytes: 1_000, budget });
  lane.adopt(part);
  lane.review(0);
  const turns = async (): Promise<string> => {
    for (let turn = 0; turn < 100; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return 'not read';
  };
  assert.equal(await Promise.race([asked.promise, turns()]), 'read');
  closing.abort();
  await running;
});
