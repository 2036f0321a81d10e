import { parseDurationMs } from '@eventing-kafka/resources';
import type { FieldProblem } from './field-problem.ts';
import { disallowedField, invalidValue } from './field-problem.ts';
import { isJsonObject } from './json.ts';
import { destinationProblems } from './validate-destination.ts';
import type { Judging } from './validate-destination.ts';

const durations = 'expected an ISO 8601 duration such as PT2S or PT0.5S';

/** What is wrong with delivery settings of a Broker or Trigger (control-plane 19). */
export function deliveryProblems(value: unknown, path: string, judging: Judging): readonly FieldProblem[] {
  if (!isJsonObject(value)) return [];
  const problems: FieldProblem[] = [];
  const { deadLetterSink, retry, backoffPolicy, backoffDelay, timeout, retryAfterMax, format } = value;
  const isThere = (field: unknown): boolean => field !== undefined && field !== null;

  if (isThere(deadLetterSink)) problems.push(...destinationProblems(deadLetterSink, `${path}.deadLetterSink`, judging));
  if (typeof retry === 'number' && retry < 0) problems.push(invalidValue(retry, `${path}.retry`));
  if (isThere(timeout)) {
    if (!judging.features.deliveryTimeout) {
      problems.push(disallowedField(`${path}.timeout`, 'feature delivery-timeout is not enabled in config-features'));
    } else if (durationOf(timeout) === undefined || durationOf(timeout) === 0) {
      problems.push(invalidValue(timeout, `${path}.timeout`, `${durations}, more than zero`));
    }
  }
  if (isThere(backoffPolicy) && backoffPolicy !== 'linear' && backoffPolicy !== 'exponential')
    problems.push(invalidValue(backoffPolicy, `${path}.backoffPolicy`, 'expected linear or exponential'));
  if (isThere(backoffDelay) && durationOf(backoffDelay) === undefined)
    problems.push(invalidValue(backoffDelay, `${path}.backoffDelay`, durations));
  if (isThere(format) && format !== 'json' && format !== 'binary')
    problems.push(invalidValue(format, `${path}.format`, 'expected json or binary'));
  if (isThere(retryAfterMax)) {
    if (!judging.features.deliveryRetryAfter) {
      problems.push(
        disallowedField(`${path}.retryAfterMax`, 'feature delivery-retryafter is not enabled in config-features'),
      );
    } else if (durationOf(retryAfterMax) === undefined) {
      problems.push(invalidValue(retryAfterMax, `${path}.retryAfterMax`, `${durations}, not negative`));
    }
  }
  return problems;
}

function durationOf(value: unknown): number | undefined {
  return typeof value === 'string' ? parseDurationMs(value) : undefined;
}
