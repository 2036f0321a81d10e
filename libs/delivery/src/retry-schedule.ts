import { parseRetryAfterMs } from './retry-after.ts';

/** When a failed request is sent again. */
export interface RetryPolicy {
  /** Retries after the first attempt, so `retries + 1` attempts at most. */
  readonly retries: number;
  /** `linear`: `backoffMs × n` before the n-th retry; `exponential`: `backoffMs × 2^n`. */
  readonly backoff: 'linear' | 'exponential';
  /** Base of the delay; 0 retries at once. */
  readonly backoffMs: number;
  /** `full` waits a random time between 0 and the delay, which spreads out retries of many records. Default `none`: exact delays. */
  readonly jitter?: 'none' | 'full';
  /** Upper bound of a delay before `Retry-After` is looked at. Default: {@link longestDelayMs}. */
  readonly maxBackoffMs?: number;
  /** The most a `Retry-After` of 429 and 503 may ask for. Default 0: the header is ignored. */
  readonly retryAfterMaxMs?: number;
}

/** The longest delay there is, about 24.8 days: timers of Node.js fire at once when told to wait longer. */
export const longestDelayMs = 2_147_483_647;

/** The response that a retry follows, as far as it matters for the delay. */
export interface RetryCause {
  /** `undefined`: there was no response. */
  readonly statusCode: number | undefined;
  /** The value of its `Retry-After` header. */
  readonly retryAfter?: string | undefined;
}

/** Delay before retry `retry` (1, 2, …) in milliseconds, saturating at {@link longestDelayMs}; without regard to `Retry-After`. */
export function backoffDelayMs(policy: RetryPolicy, retry: number, random: () => number = Math.random): number {
  const factor = policy.backoff === 'linear' ? retry : 2 ** retry;
  // 0 × Infinity is NaN: a base of 0 stays 0 whatever the factor.
  const exact = policy.backoffMs <= 0 ? 0 : policy.backoffMs * factor;
  const capped = Math.min(exact, policy.maxBackoffMs ?? longestDelayMs, longestDelayMs);
  return policy.jitter === 'full' ? random() * capped : capped;
}

/** Every delay of a policy in order: as many as there are retries. */
export function* retryDelaysMs(policy: RetryPolicy, random: () => number = Math.random): Generator<number, undefined> {
  for (let retry = 1; retry <= policy.retries; retry++) yield backoffDelayMs(policy, retry, random);
  return undefined;
}

/**
 * Delay before retry `retry` (1, 2, …), or `undefined` when the policy allows no such retry. A `Retry-After` of 429 or 503
 * makes it longer, never shorter: `max(backoff, min(retryAfter, retryAfterMaxMs))`. One that cannot be read is ignored.
 */
export function delayBeforeRetryMs(
  policy: RetryPolicy,
  retry: number,
  cause: RetryCause,
  clock: { readonly now: () => number; readonly random?: () => number } = { now: Date.now },
): number | undefined {
  if (retry > policy.retries) return undefined;
  const backoff = backoffDelayMs(policy, retry, clock.random);
  return Math.max(backoff, askedDelayMs(policy, cause, clock.now));
}

function askedDelayMs(policy: RetryPolicy, cause: RetryCause, now: () => number): number {
  const most = policy.retryAfterMaxMs ?? 0;
  if (most <= 0 || cause.retryAfter === undefined) return 0;
  if (cause.statusCode !== 429 && cause.statusCode !== 503) return 0;
  return Math.min(parseRetryAfterMs(cause.retryAfter, now()) ?? 0, most, longestDelayMs);
}
