import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AdaptiveLimit } from './adaptive-limit.ts';

/** Ends as many requests, all in the same way, with the limit used up. */
function ended(limit: AdaptiveLimit, count: number, latencyMs: number | undefined, overloaded = false): void {
  for (let index = 0; index < count; index++) limit.ended(latencyMs, overloaded, limit.limit);
}

/** Rounds of requests to a destination that works on `capacity` at once, `workMs` each: the others wait for them. */
function rounds(limit: AdaptiveLimit, count: number, capacity: number, workMs: number): void {
  for (let round = 0; round < count; round++) {
    const inFlight = limit.limit;
    const latencyMs = workMs * Math.max(1, inFlight / capacity);
    for (let index = 0; index < inFlight; index++) limit.ended(latencyMs, false, inFlight);
  }
}

describe('adaptive limit', () => {
  test('begins with its ceiling and stays there while all is well', () => {
    const limit = new AdaptiveLimit({ ceiling: 100 });
    ended(limit, 10_000, 300);
    assert.equal(limit.limit, 100);
  });

  test('a window full of 429 halves it; it never goes below one', () => {
    const limit = new AdaptiveLimit({ ceiling: 100 });
    ended(limit, 64, undefined, true);
    assert.equal(limit.limit, 50);
    ended(limit, 10_000, undefined, true);
    assert.equal(limit.limit, 1);
  });

  test('one 429 among many costs little', () => {
    const limit = new AdaptiveLimit({ ceiling: 100 });
    ended(limit, 1, undefined, true);
    ended(limit, 63, 10);
    assert.equal(limit.limit, 99);
  });

  test('it comes back a little with each good window', () => {
    const limit = new AdaptiveLimit({ ceiling: 100 });
    ended(limit, 64, undefined, true);
    ended(limit, 50, 10);
    assert.equal(limit.limit, 57);
    ended(limit, 5_000, 10);
    assert.equal(limit.limit, 100);
  });

  test('it does not rise while it is not used', () => {
    const limit = new AdaptiveLimit({ ceiling: 100 });
    ended(limit, 64, undefined, true);
    for (let index = 0; index < 1_000; index++) limit.ended(10, false, 3);
    assert.equal(limit.limit, 50);
  });

  test('restarted it doubles from one until the first trouble', () => {
    const limit = new AdaptiveLimit({ ceiling: 100 });
    limit.restart();
    const seen = [limit.limit];
    while (limit.limit < 64) {
      limit.ended(10, false, limit.limit);
      if (seen.at(-1) !== limit.limit) seen.push(limit.limit);
    }
    assert.deepEqual(seen, [1, 2, 4, 8, 16, 32, 64]);
    ended(limit, 64, undefined, true);
    ended(limit, 32, 10);
    assert.equal(limit.limit, 37);
  });

  test('answers that take longer than before lower it, to a quarter at most', () => {
    const limit = new AdaptiveLimit({ ceiling: 100 });
    ended(limit, 640, 100);
    ended(limit, 64, 800);
    assert.equal(limit.limit, 50);
    ended(limit, 64, 3_000);
    assert.equal(limit.limit, 25);
    ended(limit, 200, 30_000);
    assert.equal(limit.limit, 25);
  });

  test('a destination that stays slower is what it is after a while', () => {
    const limit = new AdaptiveLimit({ ceiling: 100 });
    ended(limit, 640, 100);
    ended(limit, 320, 1_000);
    assert.equal(limit.limit, 25);
    ended(limit, 2_000, 1_000);
    assert.equal(limit.limit, 100);
  });

  test('below the swift bound nothing is slow', () => {
    const limit = new AdaptiveLimit({ ceiling: 100 });
    ended(limit, 640, 0.2);
    ended(limit, 640, 40);
    assert.equal(limit.limit, 100);
  });

  test('a destination that can do less than the ceiling is not given the ceiling', () => {
    const limit = new AdaptiveLimit({ ceiling: 1_000 });
    limit.restart();
    rounds(limit, 200, 100, 100);
    assert.ok(limit.limit >= 100 && limit.limit <= 400, String(limit.limit));
  });
});

test('for any results the limit is a whole number from one to the ceiling', () => {
  const result = fc.tuple(
    fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }), { nil: undefined }),
    fc.boolean(),
    fc.nat(200),
    fc.integer({ min: 0, max: 50 }),
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.array(result, { maxLength: 500, size: 'max' }),
      (ceiling, results) => {
        const limit = new AdaptiveLimit({ ceiling });
        for (const [latencyMs, overloaded, inFlight, dice] of results) {
          if (dice === 0) limit.restart();
          limit.ended(latencyMs, overloaded, inFlight);
          assert.ok(Number.isInteger(limit.limit) && limit.limit >= 1 && limit.limit <= ceiling);
        }
      },
    ),
    { numRuns: 300 },
  );
});
