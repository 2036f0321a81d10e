import { BackoffPolicy } from '@eventing-kafka/contract';
import type { EgressConfig } from '@eventing-kafka/contract';
import type { ResolveContext } from './destination.ts';
import { resolveDestination } from './destination.ts';
import { parseDurationMs } from '../parsing/duration.ts';
import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';
import type { DeliverySpec } from '../objects/resource-types.ts';

/** How an egress delivers when nothing is said: once, without a dead letter sink. */
export const plainEgressConfig: EgressConfig = {
  deadLetter: '',
  retry: 0,
  backoffPolicy: BackoffPolicy.Exponential,
  backoffDelay: 0n,
  timeout: 0n,
  deadLetterCaCerts: '',
  deadLetterAudience: '',
  format: '',
  retryAfterMax: 0n,
};

/**
 * Delivery settings for the contract (control-plane 4.3): undefined when nothing in them has an effect. `backoffDelay` and
 * `backoffPolicy` only count together with `retry`.
 */
export function egressConfigOf(
  delivery: DeliverySpec | undefined,
  context: ResolveContext,
): Outcome<EgressConfig | undefined> {
  if (delivery === undefined) return succeeded(undefined);
  const { deadLetterSink, retry, timeout, format, retryAfterMax } = delivery;
  if ([deadLetterSink, retry, timeout, format, retryAfterMax].every((field) => field === undefined))
    return succeeded(undefined);

  const deadLetter = deadLetterSink === undefined ? undefined : resolveDestination(deadLetterSink, context);
  if (deadLetter?.ok === false)
    return failed(
      `failed to resolve Spec.Delivery.DeadLetterSink: ${deadLetter.error}`,
      ['deadLetterSink', ...deadLetter.path],
      deadLetter.reason,
    );
  const delayMs =
    retry === undefined
      ? succeeded(0)
      : durationMs('backoffDelay', delivery.backoffDelay, context.options.defaultBackoffDelayMs);
  if (!delayMs.ok) return delayMs;
  const timeoutMs = durationMs('timeout', timeout, 0);
  if (!timeoutMs.ok) return timeoutMs;
  if (timeout !== undefined && timeoutMs.value === 0)
    return failed(`failed to parse Spec.Delivery.Timeout: "${timeout}" must be more than zero`, ['timeout']);
  const retryAfterMaxMs = durationMs('retryAfterMax', retryAfterMax, 0);
  if (!retryAfterMaxMs.ok) return retryAfterMaxMs;

  return succeeded({
    ...plainEgressConfig,
    deadLetter: deadLetter?.value.url ?? '',
    deadLetterCaCerts: deadLetter?.value.caCerts ?? '',
    deadLetterAudience: deadLetter?.value.audience ?? '',
    retry: retry ?? 0,
    backoffPolicy:
      retry !== undefined && delivery.backoffPolicy === 'linear' ? BackoffPolicy.Linear : BackoffPolicy.Exponential,
    backoffDelay: BigInt(delayMs.value),
    timeout: BigInt(timeoutMs.value),
    format: format ?? '',
    retryAfterMax: BigInt(retryAfterMaxMs.value),
  });
}

function durationMs(
  field: 'backoffDelay' | 'timeout' | 'retryAfterMax',
  text: string | undefined,
  absent: number,
): Outcome<number> {
  if (text === undefined) return succeeded(absent);
  const parsed = parseDurationMs(text);
  return parsed === undefined
    ? failed(
        `failed to parse Spec.Delivery.${field.charAt(0).toUpperCase()}${field.slice(1)}: "${text}" is not an ISO 8601 duration such as PT2S or PT0.5S`,
        [field],
      )
    : succeeded(parsed);
}
