import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KafkaRecord, RecordFeed } from '@eventing-kafka/kafka-client';
import { silentLogger } from '@eventing-kafka/logging';
import { CatchUp } from './catch-up.ts';
import type { EgressPartition, EgressWindow } from './egress-partition.ts';
import { PartitionWindow } from './partition-window.ts';
import { RecordBudget } from './record-budget.ts';

function record(offset: number): KafkaRecord {
  return { topic: 't', partition: 0, offset, timestampMs: 0, key: null, value: null, headers: [] };
}

/** A log of ten records that whoever asks for more begins anew. */
class ShortLog {
  position: number | undefined;
  batches = 0;

  reader(positions: ReadonlyMap<number, number>): RecordFeed {
    this.position = positions.get(0);
    return {
      nextBatch: ({ signal }) => {
        this.batches += 1;
        const start = this.position !== undefined && this.position <= 10 ? this.position : 0;
        if (start === 10) return new Promise((resolve) => signal.addEventListener('abort', () => resolve([])));
        this.position = 10;
        return Promise.resolve(Array.from({ length: 10 - start }, (_, index) => record(start + index)));
      },
      pause: () => undefined,
      resume: () => undefined,
      seek: (_partition, offset) => {
        this.position = offset;
        return Promise.resolve();
      },
      position: () => this.position,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
}

test('tells once of a log that went back, and asks for the old place no more', async () => {
  const budget = new RecordBudget(1_000_000);
  const log = new ShortLog();
  const wentBack: [number, number][] = [];
  await using catchUp = new CatchUp({
    topic: 't',
    budget,
    logger: silentLogger,
    maxBatchRecords: 100,
    maxLeadBytes: 10_000,
    openReader: (positions) => Promise.resolve(log.reader(positions)),
    headOf: () => undefined,
    createWindow: (partition, offset): EgressWindow =>
      new PartitionWindow(partition, offset, budget, {
        skipped: () => undefined,
        undecodable: () => undefined,
        appended: () => undefined,
      }),
    wentBack: (partition, offset) => wentBack.push([partition, offset]),
  });
  const part = {
    partition: 0,
    nextOffset: 30,
    lifetime: { ended: false },
    enter: (window: EgressWindow) => window.cursors.add(part),
    isHungry: () => true,
    proceed: () => undefined,
  } as unknown as EgressPartition;
  catchUp.adopt(part);
  for (let turn = 0; turn < 500; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(wentBack, [[0, 0]]);
  assert.equal(log.batches, 1);
});
