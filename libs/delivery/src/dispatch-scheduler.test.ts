import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { dispatchOrder, DispatchScheduler } from './dispatch-scheduler.ts';
import type { DispatchOrder } from './dispatch-scheduler.ts';

interface Queued {
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
}
const record = (partition: number, offset: number, key: string | null = null): Queued => ({ partition, offset, key });

function startable(scheduler: DispatchScheduler<Queued>): string[] {
  const started: string[] = [];
  for (let next = scheduler.next(); next !== undefined; next = scheduler.next())
    started.push(`${next.partition}:${next.offset}`);
  return started;
}

describe('dispatch order', () => {
  test('unordered: everything at once, up to the limit, partitions taking turns', () => {
    const scheduler = new DispatchScheduler<Queued>({ order: 'unordered', maxInFlight: 4 });
    for (const offset of [0, 1, 2]) scheduler.add(record(0, offset));
    for (const offset of [5, 6, 7]) scheduler.add(record(1, offset));
    assert.deepEqual(startable(scheduler), ['0:0', '1:5', '0:1', '1:6']);
    assert.equal(scheduler.waiting, 2);
    assert.equal(scheduler.inFlight, 4);
    scheduler.finish(record(1, 6));
    assert.deepEqual(startable(scheduler), ['0:2']);
  });

  test('dispatcher 21 Q2, dispatcher 21 Q4: ordered: one at a time for each partition, in order', () => {
    const scheduler = new DispatchScheduler<Queued>({ order: 'ordered', maxInFlight: 10 });
    for (const offset of [0, 1, 2]) scheduler.add(record(0, offset));
    assert.deepEqual(startable(scheduler), ['0:0']);
    scheduler.finish(record(0, 0));
    assert.deepEqual(startable(scheduler), ['0:1']);
    scheduler.finish(record(0, 1));
    assert.deepEqual(startable(scheduler), ['0:2']);
  });

  test('dispatcher 21 Q6 ordered: a partition that is stuck holds back no other', () => {
    const scheduler = new DispatchScheduler<Queued>({ order: 'ordered', maxInFlight: 10 });
    scheduler.add(record(0, 0));
    scheduler.add(record(0, 1));
    startable(scheduler);
    scheduler.add(record(1, 0));
    assert.deepEqual(startable(scheduler), ['1:0']);
  });

  test('key: serial for each key, keys beside each other, no key no order', () => {
    const scheduler = new DispatchScheduler<Queued>({ order: 'key', maxInFlight: 10 });
    for (const next of [
      record(0, 0, 'a'),
      record(0, 1, 'a'),
      record(0, 2, 'b'),
      record(0, 3),
      record(0, 4),
      record(1, 0, 'a'),
    ])
      scheduler.add(next);
    assert.deepEqual(startable(scheduler).sort(), ['0:0', '0:2', '0:3', '0:4', '1:0']);
    scheduler.finish(record(0, 0, 'a'));
    assert.deepEqual(startable(scheduler), ['0:1']);
  });

  test('the limit may be changed at any time', () => {
    const scheduler = new DispatchScheduler<Queued>({ order: 'unordered', maxInFlight: 1 });
    for (const offset of [0, 1, 2]) scheduler.add(record(0, offset));
    assert.deepEqual(startable(scheduler), ['0:0']);
    scheduler.maxInFlight = 3;
    assert.deepEqual(startable(scheduler), ['0:1', '0:2']);
    scheduler.maxInFlight = 1;
    scheduler.add(record(0, 3));
    scheduler.finish(record(0, 0));
    assert.deepEqual(startable(scheduler), []);
  });

  test('dispatcher 21 Q3 a revoked partition starts nothing more, and its running record finishes', () => {
    const scheduler = new DispatchScheduler<Queued>({ order: 'ordered', maxInFlight: 10 });
    for (const offset of [0, 1, 2]) scheduler.add(record(0, offset));
    scheduler.add(record(1, 0));
    assert.deepEqual(startable(scheduler), ['0:0', '1:0']);
    assert.deepEqual(
      scheduler.revoke(0).map(({ offset }) => offset),
      [1, 2],
    );
    assert.equal(scheduler.waiting, 0);
    scheduler.finish(record(0, 0));
    assert.equal(scheduler.inFlight, 1);
    assert.deepEqual(startable(scheduler), []);
  });

  test('a partition that comes back waits for the record that still runs', () => {
    const scheduler = new DispatchScheduler<Queued>({ order: 'ordered', maxInFlight: 10 });
    scheduler.add(record(0, 0));
    startable(scheduler);
    scheduler.revoke(0);
    scheduler.add(record(0, 0));
    assert.deepEqual(startable(scheduler), []);
    scheduler.finish(record(0, 0));
    assert.deepEqual(startable(scheduler), ['0:0']);
  });

  test('a revoked partition does not leave its turn behind', () => {
    const scheduler = new DispatchScheduler<Queued>({ order: 'unordered', maxInFlight: 10 });
    scheduler.add(record(0, 0));
    scheduler.revoke(0);
    scheduler.add(record(0, 7));
    assert.deepEqual(startable(scheduler), ['0:7']);
    assert.equal(scheduler.inFlight, 1);
  });

  test('orders of the contract', () => {
    assert.deepEqual([0, 1, 2, -1].map(dispatchOrder), ['unordered', 'ordered', 'key', 'unordered']);
  });
});

test('every record starts once, within the limit, and in order where promised', () => {
  const orders: readonly DispatchOrder[] = ['unordered', 'ordered', 'key'];
  const records = fc.array(fc.tuple(fc.nat(3), fc.constantFrom('a', 'b', null)), { maxLength: 100, size: 'max' });
  fc.assert(
    fc.property(
      fc.constantFrom(...orders),
      records,
      fc.integer({ min: 1, max: 8 }),
      fc.infiniteStream(fc.nat(7)),
      (order, added, maxInFlight, choices) => {
        const scheduler = new DispatchScheduler<Queued>({ order, maxInFlight });
        const waiting = added.map(([partition, key], offset) => record(partition, offset, key));
        const running: Queued[] = [];
        const choice = (): number => Number(choices.next().value);
        const started: Queued[] = [];
        while (waiting.length + running.length + scheduler.waiting > 0) {
          for (const next of waiting.splice(0, choice())) scheduler.add(next);
          for (let next = scheduler.next(); next !== undefined; next = scheduler.next()) {
            for (const other of running) {
              if (order === 'ordered') assert.notEqual(other.partition, next.partition);
              if (order === 'key' && next.key !== null)
                assert.notDeepEqual([other.partition, other.key], [next.partition, next.key]);
            }
            running.push(next);
            started.push(next);
          }
          assert.ok(running.length <= maxInFlight);
          assert.ok(running.length > 0 || scheduler.waiting === 0, 'something waits and nothing runs');
          const [done] = running.splice(choice() % Math.max(1, running.length), 1);
          if (done !== undefined) scheduler.finish(done);
        }
        assert.equal(started.length, added.length);
        assert.equal(scheduler.inFlight, 0);
        for (const lane of Map.groupBy(started, ({ partition, key }) =>
          order === 'key' ? `${partition}/${key ?? ''}` : partition,
        ).values()) {
          const offsets = lane.map(({ offset }) => offset);
          assert.deepEqual(
            offsets,
            offsets.toSorted((a, b) => a - b),
          );
        }
      },
    ),
    { numRuns: 1000 },
  );
});

/** What a scheduler promises, in the plainest words: all records in one list, looked through from the front. */
class NaiveScheduler {
  readonly #order: DispatchOrder;
  readonly waiting: Queued[] = [];
  readonly running: Queued[] = [];

  constructor(order: DispatchOrder) {
    this.#order = order;
  }

  /** Records that may start now, were there no limit: of each lane those that no other one before them holds back. */
  startable(): Queued[] {
    const busy = new Set(this.running.flatMap((each) => this.#lane(each) ?? []));
    return this.waiting.filter((each) => {
      const lane = this.#lane(each);
      if (lane === undefined) return true;
      if (busy.has(lane)) return false;
      busy.add(lane);
      return true;
    });
  }

  /** The lane a record is serial in; none: it is not. */
  #lane({ partition, key }: Queued): string | undefined {
    if (this.#order === 'ordered') return String(partition);
    return this.#order === 'key' && key !== null ? `${partition}/${key}` : undefined;
  }
}

test('what starts is what a naive model allows, and something starts whenever it allows anything, revocations and limits notwithstanding', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ add: fc.tuple(fc.nat(2), fc.constantFrom('a', 'b', 'c', null)) }) },
    { weight: 4, arbitrary: fc.constant({ start: true }) },
    { weight: 3, arbitrary: fc.record({ finish: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ revoke: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ limit: fc.integer({ min: 0, max: 6 }) }) },
  );
  fc.assert(
    fc.property(
      fc.constantFrom<DispatchOrder>('unordered', 'ordered', 'key'),
      fc.array(step, { maxLength: 200, size: 'max' }),
      (order, steps) => {
        const scheduler = new DispatchScheduler<Queued>({ order, maxInFlight: 3 });
        const naive = new NaiveScheduler(order);
        let offset = 0;
        for (const each of steps) {
          if ('add' in each) {
            const added = record(each.add[0], offset++, each.add[1]);
            scheduler.add(added);
            naive.waiting.push(added);
          } else if ('start' in each) {
            const allowed = naive.running.length < scheduler.maxInFlight ? naive.startable() : [];
            const started = scheduler.next();
            assert.equal(started === undefined, allowed.length === 0);
            if (started === undefined) continue;
            assert.ok(allowed.includes(started));
            naive.waiting.splice(naive.waiting.indexOf(started), 1);
            naive.running.push(started);
          } else if ('finish' in each) {
            const [done] = naive.running.splice(each.finish % Math.max(1, naive.running.length), 1);
            if (done !== undefined) scheduler.finish(done);
          } else if ('revoke' in each) {
            const dropped = new Set(scheduler.revoke(each.revoke));
            const expected = naive.waiting.filter(({ partition }) => partition === each.revoke);
            assert.deepEqual(dropped, new Set(expected));
            for (const gone of expected) naive.waiting.splice(naive.waiting.indexOf(gone), 1);
          } else {
            scheduler.maxInFlight = each.limit;
          }
          assert.deepEqual([scheduler.waiting, scheduler.inFlight], [naive.waiting.length, naive.running.length]);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
