import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deliveryPolicy } from './delivery-policy.ts';
import { parseRetryAfterMs } from './retry-after.ts';
import { backoffDelayMs, delayBeforeRetryMs, longestDelayMs, retryDelaysMs } from './retry-schedule.ts';
import type { RetryPolicy } from './retry-schedule.ts';

const linear: RetryPolicy = { retries: 5, backoff: 'linear', backoffMs: 100 };

describe('dispatcher acceptance cases', () => {
  test('dispatcher 21 R5 linear 100 ms: attempt 5 waits 500 ms', () => {
    assert.equal(backoffDelayMs(linear, 5), 500);
  });
  test('dispatcher 21 R6 linear PT2.5S and exponential PT1.5S', () => {
    assert.deepEqual([...retryDelaysMs({ ...linear, backoffMs: 2500 })], [2500, 5000, 7500, 10_000, 12_500]);
    assert.deepEqual(
      [...retryDelaysMs({ retries: 5, backoff: 'exponential', backoffMs: 1500 })],
      [3000, 6000, 12_000, 24_000, 48_000],
    );
  });

  const base: RetryPolicy = { retries: 1, backoff: 'linear', backoffMs: 2000 };
  const now = Date.parse('2026-01-01T00:00:00Z');
  const clock = { now: () => now };
  const rows: readonly (readonly [
    name: string,
    maxMs: number | undefined,
    statusCode: number,
    retryAfter: string | undefined,
    delayMs: number,
  ])[] = [
    ['dispatcher 21 R11: T: retryAfterMax unset: the back-off', undefined, 429, '30', 2000],
    ['dispatcher 21 R11: T: retryAfterMax 0: the back-off', 0, 429, '30', 2000],
    ['dispatcher 21 R11: T: retryAfterMax 90 s: what was asked for', 90_000, 429, '30', 30_000],
    ['dispatcher 21 R11: T: retryAfterMax 10 s: no more than that', 10_000, 429, '30', 10_000],
    ['dispatcher 21 R12: T: an HTTP date 30 s ahead', 90_000, 503, 'Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['dispatcher 21 R12: T: garbage', 90_000, 429, 'soon', 2000],
    ['dispatcher 21 R12: T: no header with 429', 90_000, 429, undefined, 2000],
    ['dispatcher 21 R12: T: no header with 500', 90_000, 500, undefined, 2000],
    ['only 429 and 503 may ask', 90_000, 500, '30', 2000],
    ['asking for less than the back-off changes nothing', 90_000, 429, '1', 2000],
    ['no response, no header', 90_000, 0, '30', 2000],
  ];
  for (const [name, retryAfterMaxMs, statusCode, retryAfter, delayMs] of rows) {
    test(name, () => {
      const policy = retryAfterMaxMs === undefined ? base : { ...base, retryAfterMaxMs };
      assert.equal(delayBeforeRetryMs(policy, 1, { statusCode: statusCode || undefined, retryAfter }, clock), delayMs);
    });
  }
});

describe('retry schedule', () => {
  test('ends after as many retries as there are', () => {
    assert.equal(delayBeforeRetryMs(linear, 5, { statusCode: 500 }), 500);
    assert.equal(delayBeforeRetryMs(linear, 6, { statusCode: 500 }), undefined);
    assert.deepEqual([...retryDelaysMs({ ...linear, retries: 0 })], []);
  });

  test('a back-off of 0 retries at once, however often', () => {
    assert.equal(backoffDelayMs({ retries: 9999, backoff: 'exponential', backoffMs: 0 }, 5000), 0);
  });

  test('saturates at the longest time a timer can wait', () => {
    assert.equal(backoffDelayMs({ retries: 9999, backoff: 'exponential', backoffMs: 1 }, 5000), longestDelayMs);
    assert.equal(backoffDelayMs({ retries: 9, backoff: 'linear', backoffMs: 2e9 }, 2), longestDelayMs);
  });

  test('a cap bounds the back-off, and Retry-After may still ask for more', () => {
    const policy: RetryPolicy = {
      retries: 99,
      backoff: 'exponential',
      backoffMs: 1000,
      maxBackoffMs: 5000,
      retryAfterMaxMs: 60_000,
    };
    assert.equal(backoffDelayMs(policy, 10), 5000);
    assert.equal(delayBeforeRetryMs(policy, 10, { statusCode: 503, retryAfter: '20' }), 20_000);
  });

  test('full jitter takes any part of the delay', () => {
    const policy: RetryPolicy = { ...linear, jitter: 'full' };
    assert.equal(
      backoffDelayMs(policy, 3, () => 0),
      0,
    );
    assert.equal(
      backoffDelayMs(policy, 3, () => 0.5),
      150,
    );
  });
});

describe('Retry-After', () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 7);
  const rows: readonly (readonly [value: string, delayMs: number | undefined])[] = [
    ['0', 0],
    [' 120 ', 120_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 30_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 30_000],
    ['Sun Nov  6 08:49:37 1994', 30_000],
    ['Sun, 06 Nov 1994 08:49:00 GMT', 0],
    ['', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['2026', 2_026_000],
    ['2026-01-01T00:00:00Z', undefined],
    ['Sun, 06 Foo 1994 08:49:37 GMT', undefined],
  ];
  for (const [value, delayMs] of rows) {
    test(`${JSON.stringify(value)} is ${String(delayMs)} ms`, () => {
      assert.equal(parseRetryAfterMs(value, now), delayMs);
    });
  }
});

describe('policy of a contract', () => {
  test('without settings: one attempt of at most ten minutes', () => {
    assert.deepEqual(deliveryPolicy(undefined), {
      retry: { retries: 0, backoff: 'exponential', backoffMs: 0 },
      attemptTimeoutMs: 600_000,
    });
  });

  test('with settings: what they say, and 0 for no time limit of their own', () => {
    const config = { retry: 3, backoffPolicy: 1, backoffDelay: 200n, timeout: 0n, retryAfterMax: 5000n };
    assert.deepEqual(deliveryPolicy(config), {
      retry: { retries: 3, backoff: 'linear', backoffMs: 200, retryAfterMaxMs: 5000 },
      attemptTimeoutMs: 600_000,
    });
    assert.equal(deliveryPolicy({ ...config, timeout: 1500n }).attemptTimeoutMs, 1500);
    assert.equal(deliveryPolicy({ ...config, backoffPolicy: -1 }).retry.backoff, 'exponential');
    assert.equal(deliveryPolicy({ ...config, timeout: 2n ** 60n }).attemptTimeoutMs, longestDelayMs);
  });
});
