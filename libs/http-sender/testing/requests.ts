import assert from 'node:assert/strict';
import { isDeliveryError } from '@eventing-kafka/delivery';
import type { DeliveryErrorCode } from '@eventing-kafka/delivery';
import type { HttpRequest } from '../src/http-sender.ts';

/** A small event for whom it is sent to. */
export const event = { headers: ['ce-id', '1'], body: Buffer.from('{}'), timeoutMs: 10_000 };

/** The request that posts {@link event} to `url`, but for what `more` says. */
export function to(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { ...event, url, ...more };
}

/** Rejects as expected: what is thrown, and whether another attempt makes sense. */
export function failing(code: DeliveryErrorCode, retryable: boolean, message?: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isDeliveryError(error), String(error));
    assert.deepEqual([error.code, error.retryable], [code, retryable], error.message);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}
