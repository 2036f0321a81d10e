import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { longestStandstillMs } from './standstill.ts';

describe('the longest standstill of a partition', () => {
  test('runs from the first event that waits to the next delivery', () => {
    assert.equal(longestStandstillMs([{ fromMs: 10, untilMs: 40 }], [40], [], 100), 30);
  });

  test('does not count time in which there was nothing to deliver', () => {
    const events = [
      { fromMs: 0, untilMs: 5 },
      { fromMs: 500, untilMs: 510 },
    ];
    assert.equal(longestStandstillMs(events, [5, 510], [], 1_000), 10);
  });

  test('ends with any delivery, a repeated one too', () => {
    assert.equal(longestStandstillMs([{ fromMs: 0, untilMs: 100 }], [40, 70, 100], [], 100), 40);
  });

  test('goes on to the end when an event never came', () => {
    const events = [
      { fromMs: 0, untilMs: 10 },
      { fromMs: 5, untilMs: undefined },
    ];
    assert.equal(longestStandstillMs(events, [10], [], 90), 80);
  });

  test('leaves out the time in which Kafka or the subscriber was away', () => {
    const away = [{ fromMs: 20, toMs: 60 }];
    assert.equal(longestStandstillMs([{ fromMs: 10, untilMs: 90 }], [90], away, 100), 40);
  });

  test('of an event that was delivered before its 202 was seen is none', () => {
    assert.equal(longestStandstillMs([{ fromMs: 50, untilMs: 49 }], [49], [], 1_000), 0);
  });

  test('of nothing is none', () => {
    assert.equal(longestStandstillMs([], [], [], 1_000), 0);
  });
});
