import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { OffsetTracker } from './offset-tracker.ts';

/** A tracker that starts at the first offset and has received all of them. */
function receiving(offsets: Iterable<number>, start = 0): OffsetTracker {
  const tracker = new OffsetTracker({ start });
  for (const offset of offsets) tracker.received(offset);
  return tracker;
}

function* range(start: number, end: number): Generator<number> {
  for (let offset = start; offset < end; offset++) yield offset;
}

/** Receives all offsets in order, completes them in the given one. */
function committedAfter(completions: readonly number[]): number {
  const tracker = receiving(
    completions.toSorted((a, b) => a - b),
    Math.min(...completions),
  );
  for (const offset of completions) tracker.completed(offset);
  return tracker.committable().offset;
}

describe('offsets', () => {
  const big = 2_147_483_597;

  test('dispatcher 21 O1 0 to 9 completed in order: 10', () => {
    assert.equal(committedAfter([...range(0, 10)]), 10);
  });
  test('dispatcher 21 O2 100 offsets around 2^31: the one after the last', () => {
    assert.equal(committedAfter([...range(big, big + 100)]), big + 100);
  });
  test('dispatcher 21 O3 two million and more', () => {
    const tracker = new OffsetTracker({ start: 0 });
    for (const offset of range(0, 2_000_051)) {
      tracker.received(offset);
      tracker.completed(offset);
    }
    assert.equal(tracker.committable().offset, 2_000_051);
  });
  test('dispatcher 21 O4 only even ones of 100 completed: nothing beyond the first odd one', () => {
    const tracker = receiving(range(big, big + 100), big);
    for (const offset of range(big, big + 100)) if (offset % 2 === 0) tracker.completed(offset);
    assert.equal(tracker.committable().offset, big);
  });
  test('dispatcher 21 O7 pairs exchanged: 12', () => {
    assert.equal(committedAfter([1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10]), 12);
  });
  test('dispatcher 21 O8 any order of all: 8', () => {
    assert.equal(committedAfter([5, 2, 0, 7, 1, 3, 4, 6]), 8);
  });
  test('dispatcher 21 O9 6 is missing: 6', () => {
    const tracker = receiving(range(0, 8));
    for (const offset of [5, 2, 0, 7, 1, 3, 4]) tracker.completed(offset);
    assert.equal(tracker.committable().offset, 6);
  });
  test('dispatcher 21 O12 8191 down to 0, then 8192: 8193', () => {
    assert.equal(committedAfter([...[...range(0, 8192)].reverse(), 8192]), 8193);
  });
  test('dispatcher 21 O13 nothing completed: nothing to commit', () => {
    const tracker = receiving([0]);
    assert.deepEqual(tracker.committable(), { offset: 0, metadata: '' });
    assert.equal(tracker.mayReceive(1), true);
  });
  test('dispatcher 21 O15 0, 1 and 3 completed: 2', () => {
    const tracker = receiving(range(0, 4));
    for (const offset of [0, 1, 3]) tracker.completed(offset);
    assert.equal(tracker.committable().offset, 2);
  });
  test('dispatcher 21 O16 2 and 3 are markers: 5, and two were skipped', () => {
    const tracker = receiving([0, 1, 4]);
    for (const offset of [0, 1, 4]) tracker.completed(offset);
    assert.equal(tracker.committable().offset, 5);
    assert.equal(tracker.skipped, 2);
  });
});

describe('what is received', () => {
  test('a record is to be delivered once', () => {
    const tracker = receiving([0]);
    assert.equal(tracker.received(0), false);
    tracker.completed(0);
    assert.equal(tracker.received(0), false);
    assert.equal(tracker.received(1), true);
  });

  test('a gap of millions costs nothing', () => {
    const tracker = receiving([0, 5_000_000_000]);
    tracker.completed(5_000_000_000);
    assert.equal(tracker.skipped, 4_999_999_999);
    assert.equal(tracker.committable().offset, 0);
    assert.ok(tracker.committable().metadata.length < 30);
  });

  test('markers at the end of a partition may be committed', () => {
    const tracker = receiving([0]);
    tracker.reached(3);
    assert.equal(tracker.committable().offset, 0);
    tracker.completed(0);
    assert.equal(tracker.committable().offset, 3);
    tracker.reached(1);
    assert.equal(tracker.position, 3);
    assert.equal(tracker.skipped, 2);
  });

  test('completions that are repeated, unknown or below the start change nothing', () => {
    const tracker = receiving([10, 11], 10);
    const { revision } = tracker;
    assert.equal(tracker.completed(9), false);
    assert.equal(tracker.completed(12), false);
    assert.equal(tracker.revision, revision);
    assert.equal(tracker.completed(10), true);
    assert.equal(tracker.completed(10), false);
    assert.equal(tracker.committable().offset, 11);
  });

  test('reading runs ahead of an outstanding record as far as allowed, and on when it completes', () => {
    const tracker = new OffsetTracker({ start: 0, maxAhead: 100 });
    tracker.received(0);
    for (const offset of range(1, 100)) {
      assert.equal(tracker.mayReceive(offset), true);
      tracker.received(offset);
      tracker.completed(offset);
    }
    assert.equal(tracker.ahead, 100);
    assert.equal(tracker.mayReceive(100), false);
    tracker.completed(0);
    assert.equal(tracker.ahead, 0);
    assert.equal(tracker.mayReceive(100), true);
    assert.equal(tracker.mayReceive(100_000), true);
  });
});

describe('restored from the metadata of a commit', () => {
  test('what was completed is not delivered again, the rest is', () => {
    const before = receiving(range(0, 10));
    for (const offset of [0, 1, 3, 4, 7, 9]) before.completed(offset);
    const { offset, metadata } = before.committable();
    assert.equal(offset, 2);
    const after = new OffsetTracker({ start: offset, metadata });
    const delivered = [...range(2, 12)].filter((next) => after.received(next));
    assert.deepEqual(delivered, [2, 5, 6, 8, 10, 11]);
    assert.equal(after.skipped, 0);
    for (const done of delivered) after.completed(done);
    assert.deepEqual(after.committable(), { offset: 12, metadata: '' });
  });

  test('it is not forgotten by a commit before it is reached again', () => {
    const before = receiving(range(0, 10));
    for (const offset of [5, 6, 9]) before.completed(offset);
    const between = new OffsetTracker({ start: 0, metadata: before.committable().metadata });
    between.received(0);
    between.completed(0);
    const { offset, metadata } = between.committable();
    assert.equal(offset, 1);
    const after = new OffsetTracker({ start: offset, metadata });
    assert.deepEqual(
      [...range(1, 10)].filter((next) => after.received(next)),
      [1, 2, 3, 4, 7, 8],
    );
  });

  test('metadata of another offset or program is ignored: deliver twice rather than never', () => {
    const before = receiving(range(0, 4));
    before.completed(2);
    const { metadata } = before.committable();
    for (const [start, text] of [
      [1, metadata],
      [0, 'consumer-1'],
      [0, `${metadata}!`],
      [0, metadata.slice(0, -1)],
      [0, 'ek2:0::gA'],
      [0, 'ek2:0::AAE'],
      [0, 'ek2:0::AQA'],
      [0, 'ek3:0::AgE'],
    ] as const) {
      const after = new OffsetTracker({ start, metadata: text });
      assert.deepEqual([after.received(2), after.received(3)], [true, true], text);
    }
  });

  test('what was completed in a topic of the same name that is gone does not count', () => {
    const before = new OffsetTracker({ start: 0, topicId: 'old' });
    for (const offset of range(0, 4)) before.received(offset);
    before.completed(2);
    const { metadata } = before.committable();
    const isDelivered = (topicId: string | undefined): boolean =>
      new OffsetTracker({ start: 0, metadata, topicId }).received(2);
    assert.deepEqual([isDelivered('old'), isDelivered(undefined), isDelivered('new')], [false, false, true]);
  });

  test('metadata that Kafka found too long is shortened until it fits, and tells fewer completions', () => {
    const tracker = receiving(range(0, 1000));
    for (const offset of range(0, 1000)) if (offset % 2 === 1) tracker.completed(offset);
    const { length } = tracker.committable().metadata;
    const { revision } = tracker;
    tracker.shortenMetadata(length);
    assert.ok(tracker.revision > revision);
    assert.ok(tracker.committable().metadata.length <= length / 2);
    for (let round = 0; round < 12; round++) tracker.shortenMetadata(tracker.committable().metadata.length);
    assert.equal(tracker.committable().metadata, '');
  });

  test('metadata never exceeds its limit, and tells of the lowest completions', () => {
    const tracker = new OffsetTracker({ start: 1_000_000, maxMetadataLength: 200 });
    for (const offset of range(1_000_000, 1_002_000)) tracker.received(offset);
    for (const offset of range(1_000_000, 1_002_000)) if (offset % 2 === 1) tracker.completed(offset);
    const { metadata } = tracker.committable();
    assert.ok(metadata.length <= 200 && metadata.length > 150, metadata);
    const after = new OffsetTracker({ start: 1_000_000, metadata });
    assert.deepEqual(
      [1_000_000, 1_000_001, 1_000_002, 1_000_003].map((offset) => after.received(offset)),
      [true, false, true, false],
    );
  });

  test('a hundred records in flight anywhere in a hundred thousand fit the default limit', () => {
    const tracker = receiving(range(0, 100_000));
    for (const offset of range(0, 100_000)) if (offset % 1000 !== 0) tracker.completed(offset);
    assert.equal(tracker.outstanding, 100);
    const { metadata } = tracker.committable();
    assert.ok(metadata.length <= 500, String(metadata.length));
    const after = new OffsetTracker({ start: 0, metadata });
    assert.equal([...range(0, 100_000)].filter((offset) => after.received(offset)).length, 100);
  });
});

/** The same promises kept with plain sets. */
class NaiveTracker {
  readonly #outstanding = new Set<number>();
  readonly #known: Set<number>;
  position: number;
  skipped = 0;

  constructor(start: number, restored: Iterable<number>) {
    this.position = start;
    this.#known = new Set(restored);
    this.#pass();
  }

  #pass(): void {
    while (this.#known.has(this.position)) this.position++;
  }

  reached(position: number): void {
    while (this.position < position) {
      this.skipped++;
      this.#known.add(this.position);
      this.#pass();
    }
  }

  received(offset: number): boolean {
    this.reached(offset);
    if (offset < this.position) return false;
    this.#outstanding.add(offset);
    this.position = offset + 1;
    this.#pass();
    return true;
  }

  completed(offset: number): boolean {
    this.#known.add(offset);
    return this.#outstanding.delete(offset);
  }

  get committable(): number {
    return Math.min(this.position, ...this.#outstanding);
  }

  /** Offsets from the committable one up to `end` that need not be delivered again. */
  done(end: number): number[] {
    return [...range(this.committable, end)].filter(
      (offset) => !this.#outstanding.has(offset) && (offset < this.position || this.#known.has(offset)),
    );
  }
}

type Step =
  | { readonly kind: 'receive'; readonly gap: number }
  | { readonly kind: 'again'; readonly back: number }
  | { readonly kind: 'complete'; readonly which: number }
  | { readonly kind: 'reach'; readonly gap: number }
  | { readonly kind: 'restart' };

test('keeps the promises of a naive tracker through receipts, gaps, completions and restarts', () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 80,
      arbitrary: fc.record({ kind: fc.constant('receive' as const), gap: fc.constantFrom(0, 0, 0, 1, 3) }),
    },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('again' as const), back: fc.nat(10) }) },
    { weight: 70, arbitrary: fc.record({ kind: fc.constant('complete' as const), which: fc.nat(1000) }) },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('reach' as const), gap: fc.nat(3) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), fc.constantFrom(0, 7, 2 ** 33), (steps, start) => {
      let tracker = new OffsetTracker({ start });
      let naive = new NaiveTracker(start, []);
      let open: number[] = [];
      let highest = start;
      for (const next of steps) {
        switch (next.kind) {
          case 'receive':
          case 'again': {
            const offset =
              next.kind === 'receive' ? naive.position + next.gap : Math.max(start, naive.position - next.back);
            const fresh = naive.received(offset);
            assert.equal(tracker.received(offset), fresh);
            if (fresh) open.push(offset);
            break;
          }
          case 'complete': {
            const [offset] = open.splice(next.which % Math.max(1, open.length), 1);
            if (offset !== undefined) assert.equal(tracker.completed(offset), naive.completed(offset));
            break;
          }
          case 'reach':
            naive.reached(naive.position + next.gap);
            tracker.reached(tracker.position + next.gap);
            break;
          case 'restart': {
            const { offset, metadata } = tracker.committable();
            tracker = new OffsetTracker({ start: offset, metadata });
            naive = new NaiveTracker(naive.committable, naive.done(highest + 1));
            open = [];
          }
        }
        highest = Math.max(highest, naive.position);
        assert.equal(tracker.position, naive.position);
        assert.equal(tracker.committable().offset, naive.committable);
        assert.equal(tracker.outstanding, open.length);
      }
    }),
    { numRuns: 2000 },
  );
});

test('whatever fits in the metadata, a restart repeats at least what was not completed', () => {
  const run = fc.record({
    count: fc.integer({ min: 1, max: 300 }),
    isDone: fc.array(fc.boolean(), { minLength: 300, maxLength: 300 }),
    limit: fc.integer({ min: 0, max: 120 }),
    topicId: fc.constantFrom(undefined, 'AAAAAAAAAAAAAAAAAAAAAA'),
    start: fc.constantFrom(0, 2 ** 40),
  });
  fc.assert(
    fc.property(run, ({ count, isDone, limit, topicId, start }) => {
      const before = new OffsetTracker({ start, topicId, maxMetadataLength: limit });
      for (const offset of range(start, start + count)) before.received(offset);
      const open = new Set(range(start, start + count));
      for (const offset of [...open])
        if (isDone[offset - start] === true && before.completed(offset)) open.delete(offset);
      const { offset, metadata } = before.committable();
      assert.ok(metadata.length <= limit, metadata);
      const after = new OffsetTracker({ start: offset, metadata, topicId });
      const repeated = new Set([...range(offset, start + count)].filter((next) => after.received(next)));
      for (const each of open) assert.ok(repeated.has(each), `${each} would be lost`);
      assert.equal(after.position, start + count);
    }),
    { numRuns: 500 },
  );
});
