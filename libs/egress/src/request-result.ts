import {
  isSuccess,
  parseRetryAfterMs,
  verdictOfError,
  verdictOfStatus,
  type DeliveryError,
  type RetryPolicy,
} from '@eventing-kafka/delivery';
import { headerValue, type HttpResponse } from '@eventing-kafka/http-sender';
import type { GateResult } from './target-gate.ts';

/** Of a request that ended in a way nobody foresaw: nothing is known of its target. */
export const nothingTold: GateResult = { verdict: verdictOfError('DELIVERY_ABORTED'), taken: false };

/** What an answer tells the gate. `Retry-After` counts as far as the contract lets it: without `retryAfterMax` not at all. */
export function resultOfAnswer(url: string, response: HttpResponse, retry: RetryPolicy): GateResult {
  const { statusCode } = response;
  const verdict = verdictOfStatus(statusCode);
  if (isSuccess(statusCode)) return { verdict, taken: true };
  return {
    verdict,
    taken: false,
    retryAfterMs: askedMs(response, retry.retryAfterMaxMs ?? 0),
    failure: `${url} answered ${statusCode}`,
  };
}

/** What the lack of a usable answer tells the gate. */
export function resultOfError(error: DeliveryError): GateResult {
  return { verdict: verdictOfError(error.code), taken: false, failure: error.message };
}

function askedMs({ statusCode, headers }: HttpResponse, mostMs: number): number | undefined {
  if (mostMs <= 0 || (statusCode !== 429 && statusCode !== 503)) return undefined;
  const value = headerValue(headers, 'retry-after');
  const asked = value === undefined ? undefined : parseRetryAfterMs(value, Date.now());
  return asked === undefined ? undefined : Math.min(asked, mostMs);
}
