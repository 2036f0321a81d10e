import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startAnswering, status } from '../testing/servers.ts';
import { deliver } from './deliver.ts';
import type { Delivery, DeliveryResult, PlannedRetry } from './deliver.ts';
import { headerValue } from './header-value.ts';
import { createHttpSender } from './http-sender.ts';
import type { HttpSender } from './http-sender.ts';

const exact = { retries: 5, backoff: 'linear', backoffMs: 1 } as const;

function delivery(url: string, more: Partial<Delivery> = {}): Delivery {
  return {
    request: { url, headers: ['ce-id', '1'], body: null },
    policy: { retry: exact, attemptTimeoutMs: 5000 },
    ...more,
  };
}

/** What matters of a result, for comparison. */
function summary(result: DeliveryResult): unknown[] {
  switch (result.kind) {
    case 'delivered':
      return ['delivered', result.attempts, result.response.statusCode, result.mayCarryReply];
    case 'failed':
      return ['failed', result.attempts, result.response?.statusCode, result.cause.code];
    case 'aborted':
      return ['aborted', result.attempts];
  }
}

describe('dispatcher acceptance cases', () => {
  test('dispatcher 21 R1 500 four times, then 200: delivered with the fifth attempt, and no further one', async () => {
    await using server = await startAnswering(status(500), status(500), status(500), status(500), status(200));
    await using sender = createHttpSender();
    assert.deepEqual(summary(await deliver(sender, delivery(server.origin))), ['delivered', 5, 200, true]);
    assert.equal(server.seen.length, 5);
  });

  test('dispatcher 21 R2 400: one attempt', async () => {
    await using server = await startAnswering(status(400));
    await using sender = createHttpSender();
    assert.deepEqual(summary(await deliver(sender, delivery(server.origin))), ['failed', 1, 400, 'DELIVERY_REFUSED']);
  });

  test('dispatcher 21 R3 500 always: six attempts', async () => {
    await using server = await startAnswering(status(500));
    await using sender = createHttpSender();
    assert.deepEqual(summary(await deliver(sender, delivery(server.origin))), ['failed', 6, 500, 'DELIVERY_REFUSED']);
    assert.equal(server.seen.length, 6);
  });

  test('dispatcher 21 R6, dispatcher 21 R10: linear delays are exact', async () => {
    await using server = await startAnswering(status(503));
    await using sender = createHttpSender();
    const retries: PlannedRetry[] = [];
    await deliver(sender, delivery(server.origin, { onRetry: (retry) => retries.push(retry) }));
    assert.deepEqual(
      retries.map(({ retry, delayMs, cause }) => [retry, delayMs, cause.code]),
      [1, 2, 3, 4, 5].map((n) => [n, n, 'DELIVERY_REFUSED']),
    );
  });
});

describe('dispatcher 21 R4 each class of answers', () => {
  const retried = (statusCode: number): boolean => [404, 408, 409, 429].includes(statusCode) || statusCode >= 500;
  for (const statusCode of [
    200, 201, 202, 204, 300, 301, 303, 304, 307, 400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429, 499, 500,
    501, 503, 504, 599,
  ]) {
    test(`${statusCode}`, async () => {
      await using server = await startAnswering(status(statusCode));
      await using sender = createHttpSender();
      const policy = { retry: { ...exact, retries: 1 }, attemptTimeoutMs: 5000 };
      const expected =
        statusCode < 300
          ? ['delivered', 1, statusCode, statusCode !== 202]
          : ['failed', retried(statusCode) ? 2 : 1, statusCode, 'DELIVERY_REFUSED'];
      assert.deepEqual(summary(await deliver(sender, delivery(server.origin, { policy }))), expected);
      assert.equal(server.seen.length, expected[1]);
    });
  }

  test('a connection lost is tried again, and no response is recorded', async () => {
    await using server = await startAnswering(status(500, {}, 'x'), (response) => response.destroy());
    await using sender = createHttpSender();
    const policy = { retry: { ...exact, retries: 1 }, attemptTimeoutMs: 5000 };
    assert.deepEqual(summary(await deliver(sender, delivery(server.origin, { policy }))), [
      'failed',
      2,
      undefined,
      'DELIVERY_CONNECTION_LOST',
    ]);
  });

  test('an answer that does not come in time is tried again', async () => {
    await using server = await startAnswering(() => undefined, status(200));
    await using sender = createHttpSender();
    const policy = { retry: exact, attemptTimeoutMs: 50 };
    assert.deepEqual(summary(await deliver(sender, delivery(server.origin, { policy }))), ['delivered', 2, 200, true]);
  });

  test('dispatcher 21 D14 a destination that cannot be posted to fails at once', async () => {
    await using sender = createHttpSender();
    assert.deepEqual(summary(await deliver(sender, delivery('bad://uri'))), [
      'failed',
      1,
      undefined,
      'DELIVERY_REQUEST_INVALID',
    ]);
  });

  test('the last failure is there for the dead letter, headers and body', async () => {
    await using server = await startAnswering(status(422, { 'Kne-Reason': 'because' }, '{"message":"bad"}'));
    await using sender = createHttpSender();
    const result = await deliver(sender, delivery(server.origin));
    assert.ok(result.kind === 'failed');
    assert.equal(headerValue(result.response?.headers ?? [], 'kne-reason'), 'because');
    assert.equal(result.response?.body.toString(), '{"message":"bad"}');
    assert.equal(result.cause.message, `${new URL(server.origin).host} answered 422`);
  });
});

describe('when to try again', () => {
  test('a back-off of 0 retries at once', async () => {
    await using server = await startAnswering(status(500), status(500), status(200));
    await using sender = createHttpSender();
    const policy = { retry: { retries: 2, backoff: 'exponential', backoffMs: 0 }, attemptTimeoutMs: 5000 } as const;
    assert.deepEqual(summary(await deliver(sender, delivery(server.origin, { policy }))), ['delivered', 3, 200, true]);
  });

  test('attempts made before count', async () => {
    await using server = await startAnswering(status(500));
    await using sender = createHttpSender();
    const retries: number[] = [];
    const result = await deliver(
      sender,
      delivery(server.origin, { attemptsMade: 4, onRetry: ({ retry }) => retries.push(retry) }),
    );
    assert.deepEqual(summary(result), ['failed', 6, 500, 'DELIVERY_REFUSED']);
    assert.deepEqual(retries, [5]);
  });

  test('dispatcher 21 R11: T: Retry-After is honoured up to its limit', async () => {
    await using server = await startAnswering(status(429, { 'Retry-After': '30' }));
    await using sender = createHttpSender();
    const stop = new AbortController();
    const delays: number[] = [];
    const policy = { retry: { ...exact, retryAfterMaxMs: 20_000 }, attemptTimeoutMs: 5000 };
    const onRetry = ({ delayMs }: PlannedRetry): void => {
      delays.push(delayMs);
      stop.abort();
    };
    const result = await deliver(sender, delivery(server.origin, { policy, onRetry, signal: stop.signal }));
    assert.deepEqual(delays, [20_000]);
    assert.deepEqual(summary(result), ['aborted', 1]);
  });

  test('dispatcher 21 R12: T: a Retry-After date counts from the given time', async () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    await using server = await startAnswering(status(503, { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }));
    await using sender = createHttpSender();
    const stop = new AbortController();
    const delays: number[] = [];
    const policy = { retry: { ...exact, retryAfterMaxMs: 90_000 }, attemptTimeoutMs: 5000 };
    const onRetry = ({ delayMs }: PlannedRetry): void => {
      delays.push(delayMs);
      stop.abort();
    };
    await deliver(sender, delivery(server.origin, { policy, onRetry, signal: stop.signal, now: () => now }));
    assert.deepEqual(delays, [30_000]);
  });
});

describe('an abort', () => {
  const hour = { retry: { retries: 3, backoff: 'linear', backoffMs: 3_600_000 }, attemptTimeoutMs: 5000 } as const;

  for (const onAbort of ['finish-attempt', 'give-up'] as const) {
    test(`ends a back-off of an hour (${onAbort})`, async () => {
      await using server = await startAnswering(status(500));
      await using sender = createHttpSender();
      const stop = new AbortController();
      const onRetry = (): void => void setImmediate(() => stop.abort());
      const result = await deliver(
        sender,
        delivery(server.origin, { policy: hour, signal: stop.signal, onAbort, onRetry }),
      );
      assert.deepEqual(summary(result), ['aborted', 1]);
      assert.equal(server.seen.length, 1);
    });
  }

  test('before the first attempt sends nothing', async () => {
    await using server = await startAnswering(status(200));
    await using sender = createHttpSender();
    assert.deepEqual(summary(await deliver(sender, delivery(server.origin, { signal: AbortSignal.abort() }))), [
      'aborted',
      0,
    ]);
    assert.equal(server.seen.length, 0);
  });

  for (const [statusCode, expected] of [
    [200, ['delivered', 1, 200, true]],
    [400, ['failed', 1, 400, 'DELIVERY_REFUSED']],
    [500, ['aborted', 1]],
  ] as const) {
    test(`lets the attempt under way end: ${statusCode} means ${expected[0]}`, async () => {
      const stop = new AbortController();
      await using server = await startAnswering((response) => {
        stop.abort();
        setImmediate(() => response.writeHead(statusCode).end());
      });
      await using sender = createHttpSender();
      assert.deepEqual(summary(await deliver(sender, delivery(server.origin, { signal: stop.signal }))), expected);
    });
  }

  test('cuts the attempt under way off if told so', async () => {
    const stop = new AbortController();
    await using server = await startAnswering(() => stop.abort());
    await using sender = createHttpSender();
    const result = await deliver(sender, delivery(server.origin, { signal: stop.signal, onAbort: 'give-up' }));
    assert.deepEqual(summary(result), ['aborted', 1]);
    await server.quiet();
  });

  test('by disposal of the sender leaves the event unfinished', async () => {
    const sender = createHttpSender();
    await sender[Symbol.asyncDispose]();
    assert.deepEqual(summary(await deliver(sender, delivery('http://localhost:1/'))), ['aborted', 1]);
  });
});

test('a mistake in the program is not taken for a failed delivery', async () => {
  const broken: HttpSender = {
    post: () => Promise.reject(new TypeError('broken')),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  await assert.rejects(deliver(broken, delivery('http://localhost:1/')), TypeError);
});
