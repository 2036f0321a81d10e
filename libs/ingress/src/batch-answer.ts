import type { RefusalReason } from './refusals.ts';
import { refusals } from './refusals.ts';

/** What became of one event of a batch. */
export type EventOutcome = 'accepted' | RefusalReason;

/** What the sender of a batch is told when not every event of it was accepted. */
export interface BatchRefusal {
  readonly statusCode: number;
  /** The reason that is counted: the first in the order of the events of those with this status. */
  readonly reason: RefusalReason;
  /** Seconds, the longest that any event asks for; undefined if sending again soon cannot help. */
  readonly retryAfterSeconds: number | undefined;
  /** JSON: each event with its own status, so that only those that failed are sent again. */
  readonly body: string;
}

/** The status of one event, as if it had come alone. */
export function statusOf(outcome: EventOutcome): number {
  return outcome === 'accepted' ? 202 : refusals[outcome].statusCode;
}

/**
 * Decides the answer to a batch; undefined when all events were accepted. The status is the one that all events which failed
 * have in common, so that one that can never succeed is not sent again; 503 where they differ.
 */
export function decideBatchRefusal(
  ids: readonly string[],
  outcomes: readonly EventOutcome[],
): BatchRefusal | undefined {
  const reasons = outcomes.filter((outcome) => outcome !== 'accepted');
  const statuses = new Set(reasons.map(statusOf));
  const [first] = statuses;
  if (first === undefined) return undefined;
  const statusCode = statuses.size === 1 ? first : 503;
  const reason = reasons.find((one) => statusOf(one) === statusCode) ?? reasons[0];
  if (reason === undefined) return undefined;
  const waits = reasons.map((one) => refusals[one].retryAfterSeconds ?? 0);
  const retryAfterSeconds = Math.max(...waits);
  const body = outcomes.map((outcome, index) => ({
    index,
    id: ids[index] ?? '',
    status: statusOf(outcome),
    ...(outcome === 'accepted' ? {} : { reason: outcome }),
  }));
  return {
    statusCode,
    reason,
    retryAfterSeconds: retryAfterSeconds === 0 ? undefined : retryAfterSeconds,
    body: `${JSON.stringify(body)}\n`,
  };
}
