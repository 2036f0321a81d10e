import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KafkaRecord, RecordFeed } from '@eventing-kafka/kafka-client';
import type { EgressPartition, EgressWindow } from './egress-partition.ts';
import { HeadReader, type HeadReaderOptions } from './head-reader.ts';
import { PartitionWindow } from './partition-window.ts';
import { RecordBudget } from './record-budget.ts';

/** A budget that never has room, and counts how often it was asked. */
class FullBudget extends RecordBudget {
  asked = 0;
  override makeRoom(): boolean {
    this.asked += 1;
    return false;
  }
}

function readerWith(options: Partial<HeadReaderOptions>): HeadReader {
  return new HeadReader({
    budget: new RecordBudget(1_000_000),
    limits: { maxBatchRecords: 500, maxLeadBytes: 1_000_000 },
    recovered: () => undefined,
    failed: () => undefined,
    wentBack: () => undefined,
    ...options,
  });
}

function windowOf(budget: RecordBudget): EgressWindow {
  const window: EgressWindow = new PartitionWindow(0, 0, budget, {
    skipped: () => undefined,
    undecodable: () => undefined,
    appended: () => undefined,
  });
  const cursor: Pick<EgressPartition, 'nextOffset' | 'isHungry'> = { nextOffset: 0, isHungry: () => true };
  window.cursors.add(cursor as EgressPartition);
  return window;
}

function feedOf(nextBatch: () => Promise<readonly KafkaRecord[]>): RecordFeed {
  return {
    nextBatch,
    pause: () => undefined,
    resume: () => undefined,
    seek: () => Promise.resolve(),
    position: () => 0,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Lets a loop that does not wait run far ahead of one that does. */
async function manyTurns(): Promise<void> {
  for (let turn = 0; turn < 2_000; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test('waits while the budget is used up', async () => {
  const budget = new FullBudget(1_000_000);
  const reader = readerWith({ budget });
  reader.own(windowOf(budget));
  const closing = new AbortController();
  const running = reader.run(
    feedOf(() => Promise.resolve([])),
    closing.signal,
  );
  await manyTurns();
  closing.abort();
  await running;
  assert.ok(budget.asked < 200, `asked for room ${budget.asked} times`);
});

test('waits after a failed read, whatever egresses ask for meanwhile', async () => {
  const budget = new RecordBudget(1_000_000);
  let failures = 0;
  const reader = readerWith({ budget, failed: () => (failures += 1) });
  reader.own(windowOf(budget));
  const closing = new AbortController();
  const running = reader.run(
    feedOf(() => Promise.reject(new Error('no broker'))),
    closing.signal,
  );
  await manyTurns();
  reader.requestReview(true);
  await manyTurns();
  closing.abort();
  await running;
  assert.ok(failures > 0 && failures < 20, `failed ${failures} times`);
});
