import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DispatchScheduler } from './dispatch-scheduler.ts';

interface Task {
  readonly partition: number;
  readonly key: undefined;
  readonly offset: number;
}

const loads = [
  { delayMs: 0, records: 10, partitions: 10 },
  { delayMs: 0, records: 100, partitions: 10 },
  { delayMs: 0, records: 1_000, partitions: 10 },
  { delayMs: 0, records: 10_000, partitions: 10 },
  { delayMs: 50, records: 500, partitions: 10 },
  { delayMs: 50, records: 100_000, partitions: 1_000 },
  { delayMs: 100, records: 100, partitions: 10 },
] as const;

/** Numbers from 0 up to 1, evenly spread, the same for the same seed. */
function evenly(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Runs all records in a time of its own; answers when the last one ended, in milliseconds. */
function run(partitionOf: (index: number) => number, load: (typeof loads)[number], random: () => number): number {
  const scheduler = new DispatchScheduler<Task>({ order: 'ordered', maxInFlight: load.partitions });
  const written = new Map<number, number>();
  for (let index = 0; index < load.records; index += 1) {
    const partition = partitionOf(index);
    const offset = written.get(partition) ?? 0;
    written.set(partition, offset + 1);
    scheduler.add({ partition, key: undefined, offset });
  }
  const ended = new Map<number, number>();
  /** What is under way, by the millisecond in which it ends. */
  const ending = new Map<number, Task[]>();
  let nowMs = 0;
  let underWay = 0;
  const start = (): void => {
    for (let task = scheduler.next(); task !== undefined; task = scheduler.next()) {
      const endsAtMs = nowMs + Math.ceil(load.delayMs * (1 + random() / 2));
      const same = ending.get(endsAtMs);
      if (same === undefined) ending.set(endsAtMs, [task]);
      else same.push(task);
      underWay += 1;
    }
  };
  start();
  while (underWay > 0) {
    const tasks = ending.get(nowMs) ?? [];
    ending.delete(nowMs);
    for (const task of tasks) {
      const expected = ended.get(task.partition) ?? 0;
      assert.equal(task.offset, expected, `partition ${task.partition} goes on at ${expected}`);
      ended.set(task.partition, expected + 1);
      scheduler.finish(task);
      underWay -= 1;
    }
    start();
    if (!ending.has(nowMs)) nowMs += 1;
  }
  assert.deepEqual(new Map([...ended].sort()), new Map([...written].sort()));
  return nowMs;
}

for (const load of loads) {
  const { delayMs, records, partitions } = load;
  test(`dispatcher 21 Q1 ordered: ${records} records of ${partitions} partitions, ${delayMs} ms each: all, in order, within 60 s`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.boolean(), (seed, isRandom) => {
        const random = evenly(seed);
        const partitionOf = (index: number): number =>
          isRandom ? Math.floor(random() * partitions) : index % partitions;
        assert.ok(run(partitionOf, load, random) < 60_000);
      }),
      { numRuns: records > 10_000 ? 2 : 10 },
    );
  });
}
