import { longestDelayMs } from './retry-schedule.ts';
import type { RetryPolicy } from './retry-schedule.ts';

/** The delivery settings of a contract message, as far as they are read here. */
export interface EgressConfigLike {
  readonly retry: number;
  /** 0: exponential, which unknown values are taken for; 1: linear. */
  readonly backoffPolicy: number;
  /** Milliseconds. */
  readonly backoffDelay: bigint | number;
  /** Milliseconds for one attempt; 0: {@link defaultAttemptTimeoutMs}. */
  readonly timeout: bigint | number;
  /** Milliseconds; 0: `Retry-After` is ignored. */
  readonly retryAfterMax: bigint | number;
}

/** How one target is tried. Subscriber, reply URL and dead letter sink of an egress use the same, independently. */
export interface DeliveryPolicy {
  readonly retry: RetryPolicy;
  /** For each attempt separately, from the request to the last byte of the response. */
  readonly attemptTimeoutMs: number;
}

/** Time limit of an attempt when none is set: 10 minutes. */
export const defaultAttemptTimeoutMs = 600_000;

/** The policy that settings of a contract ask for; without settings: one attempt. Times beyond a timer's reach are cut to {@link longestDelayMs}. */
export function deliveryPolicy(config: EgressConfigLike | undefined): DeliveryPolicy {
  if (config === undefined) {
    return { retry: { retries: 0, backoff: 'exponential', backoffMs: 0 }, attemptTimeoutMs: defaultAttemptTimeoutMs };
  }
  const timeoutMs = milliseconds(config.timeout);
  return {
    retry: {
      retries: config.retry,
      backoff: config.backoffPolicy === 1 ? 'linear' : 'exponential',
      backoffMs: milliseconds(config.backoffDelay),
      retryAfterMaxMs: milliseconds(config.retryAfterMax),
    },
    attemptTimeoutMs: timeoutMs === 0 ? defaultAttemptTimeoutMs : timeoutMs,
  };
}

function milliseconds(value: bigint | number): number {
  return Math.min(Number(value), longestDelayMs);
}
