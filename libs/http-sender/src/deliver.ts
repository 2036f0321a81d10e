import { DeliveryError, delayBeforeRetryMs, isDeliveryError, responseClass } from '@eventing-kafka/delivery';
import type { DeliveryPolicy } from '@eventing-kafka/delivery';
import { headerValue } from './header-value.ts';
import type { HttpRequest, HttpResponse, HttpSender } from './http-sender.ts';
import { sleep } from './sleep.ts';

/** One event for one target, with as many attempts as the policy allows. */
export interface Delivery {
  /** Sent the same with each attempt. */
  readonly request: Omit<HttpRequest, 'timeoutMs' | 'signal'>;
  readonly policy: DeliveryPolicy;
  /** Begin nothing new: no further attempt starts, and a back-off ends at once. */
  readonly signal?: AbortSignal | undefined;
  /** What becomes of the attempt under way when `signal` aborts. Default `finish-attempt`. */
  readonly onAbort?: 'finish-attempt' | 'give-up' | undefined;
  /** Attempts of the same event made before, which count against the retries; for a delivery that is run again after its reply could not be stored. Default 0. */
  readonly attemptsMade?: number | undefined;
  /** Told before each back-off. */
  readonly onRetry?: ((retry: PlannedRetry) => void) | undefined;
  /** Milliseconds since the epoch, for `Retry-After` dates. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
  /** From 0 up to 1, for jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/** A retry that is about to wait for its turn. */
export interface PlannedRetry {
  /** 1 for the first retry. */
  readonly retry: number;
  readonly delayMs: number;
  /** Why the attempt before failed. */
  readonly cause: DeliveryError;
}

/** How a delivery ended. `attempts` includes those made before. */
export type DeliveryResult =
  /** The target took the event. `mayCarryReply` is false for a 202, whose body is ignored. */
  | {
      readonly kind: 'delivered';
      readonly response: HttpResponse;
      readonly mayCarryReply: boolean;
      readonly attempts: number;
    }
  /** It did not; `response` is that of the last attempt, if that got one. */
  | {
      readonly kind: 'failed';
      readonly cause: DeliveryError;
      readonly response: HttpResponse | undefined;
      readonly attempts: number;
    }
  /** Aborted with retries left: neither delivered nor failed for good. */
  | { readonly kind: 'aborted'; readonly attempts: number };

type Attempt =
  | { readonly response: HttpResponse; readonly cause?: undefined }
  | { readonly response: undefined; readonly cause: DeliveryError };

/**
 * Posts until the target takes the event, refuses it for good, the retries are used up or `signal` aborts. Every status but 2xx is
 * a failure; which are tried again is decided by `responseClass`. Never rejects for what the target or the network does.
 *
 * @throws whatever is not a failure of the delivery: a mistake in the program
 */
export async function deliver(sender: HttpSender, delivery: Delivery): Promise<DeliveryResult> {
  const { policy, signal } = delivery;
  const request: HttpRequest = {
    ...delivery.request,
    timeoutMs: policy.attemptTimeoutMs,
    signal: delivery.onAbort === 'give-up' ? signal : undefined,
  };
  for (let attempts = delivery.attemptsMade ?? 0; ;) {
    if (signal?.aborted === true) return { kind: 'aborted', attempts };
    attempts++;
    const { response, cause } = await attempt(sender, request);
    if (response !== undefined) {
      const outcome = responseClass(response.statusCode);
      if (outcome === 'answered' || outcome === 'accepted') {
        return { kind: 'delivered', response, mayCarryReply: outcome === 'answered', attempts };
      }
    }
    const failure = cause ?? refusal(request, response);
    if (failure.code === 'DELIVERY_ABORTED' || failure.code === 'DELIVERY_CLOSED') return { kind: 'aborted', attempts };
    const delayMs = failure.retryable ? delayAfter(delivery, attempts, response) : undefined;
    if (delayMs === undefined) return { kind: 'failed', cause: failure, response, attempts };
    delivery.onRetry?.({ retry: attempts, delayMs, cause: failure });
    await sleep(delayMs, signal);
  }
}

async function attempt(sender: HttpSender, request: HttpRequest): Promise<Attempt> {
  try {
    return { response: await sender.post(request) };
  } catch (error) {
    if (!isDeliveryError(error)) throw error;
    return { response: undefined, cause: error };
  }
}

function refusal(request: HttpRequest, response: HttpResponse): DeliveryError {
  const { statusCode } = response;
  const retryable = responseClass(statusCode) === 'retryable';
  return new DeliveryError('DELIVERY_REFUSED', `${hostOf(request.url)} answered ${statusCode}`, { retryable });
}

/** Paths and queries may hold what must not be logged. */
function hostOf(url: URL | string): string {
  return (typeof url === 'string' ? URL.parse(url)?.host : url.host) ?? 'the destination';
}

function delayAfter(delivery: Delivery, attempts: number, response: HttpResponse | undefined): number | undefined {
  const cause = {
    statusCode: response?.statusCode,
    retryAfter: response === undefined ? undefined : headerValue(response.headers, 'retry-after'),
  };
  return delayBeforeRetryMs(delivery.policy.retry, attempts, cause, {
    now: delivery.now ?? Date.now,
    random: delivery.random ?? Math.random,
  });
}
