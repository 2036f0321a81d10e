import type { Answer, EgressPromise, LedgerEntries, SentEvent } from './entries.ts';
import { findOutOfOrder, type OutOfOrder } from './out-of-order.ts';
import { longestStandstillMs } from './standstill.ts';

/** An event that had to arrive and did not. */
export interface LostEvent {
  readonly id: string;
  /** `never-stored`: it got its 202 and is not in the topic, so the receiver lost it; `never-delivered`: the dispatchers did. */
  readonly how: 'never-stored' | 'never-delivered';
  readonly partition?: number;
  readonly offset?: number;
}

/** What became of the events of one egress. Events count, not attempts, unless told. */
export interface EgressAccount {
  readonly egress: string;
  /** With a 202, and to be delivered here. */
  readonly accepted: number;
  /** Without a 202, but with an attempt that may have been stored: they may arrive or not, and must if they are in the topic. */
  readonly unknown: number;
  /** Of all these, those that lie in the topic more than once, because an attempt without an answer had been stored. */
  readonly storedTwice: number;
  /** Answered 2xx by the subscriber. */
  readonly delivered: number;
  /** Deliveries beyond one for each copy in the topic. */
  readonly repeated: number;
  readonly deadLettered: number;
  /** Requests that the subscriber did not answer with a complete 2xx. */
  readonly refused: number;
  readonly lost: readonly LostEvent[];
  readonly outOfOrder: readonly OutOfOrder[];
  /** Delivered though the filter never wanted them. */
  readonly unwanted: readonly string[];
  /** After each fault, the time to the first delivery of an event sent after it; the longest of them. Undefined without a fault. */
  readonly firstDeliveryMs: number | undefined;
  /** The longest time in which a partition held events and none was delivered, without the time that something needed was away. */
  readonly standstillMs: number;
}

/** Closes the books of one egress. */
export function accountOf(promise: EgressPromise, entries: LedgerEntries, endMs: number): EgressAccount {
  const { sent, stored } = entries;
  const answers = entries.answers.filter(({ egress }) => egress === promise.name);
  const delivered = countById(answers, 'delivered');
  const deadLettered = countById(answers, 'dead-lettered');
  const expected = (wish: string) => (event: SentEvent) => promise.expects(event) === wish;
  const wanted = [...sent.values()].filter(expected('wanted'));
  const copies = (id: string): number => stored.get(id)?.length ?? 0;

  const lost = wanted
    .filter(({ id, acceptedAtMs }) => acceptedAtMs !== undefined || copies(id) > 0)
    .filter(({ id }) => !delivered.has(id) && !deadLettered.has(id))
    .map(({ id }): LostEvent => ({
      id,
      how: copies(id) > 0 ? 'never-delivered' : 'never-stored',
      ...stored.get(id)?.[0],
    }));

  return {
    egress: promise.name,
    accepted: wanted.filter(({ acceptedAtMs }) => acceptedAtMs !== undefined).length,
    unknown: wanted.filter(({ acceptedAtMs, unanswered }) => acceptedAtMs === undefined && unanswered > 0).length,
    storedTwice: wanted.filter(({ id }) => copies(id) > 1).length,
    delivered: delivered.size,
    repeated: [...delivered].reduce((sum, [id, times]) => sum + Math.max(0, times - Math.max(1, copies(id))), 0),
    deadLettered: deadLettered.size,
    refused: answers.filter(({ kind }) => kind === 'refused').length,
    lost,
    outOfOrder: promise.order === 'unordered' ? [] : findOutOfOrder(answers, promise.order, entries),
    unwanted: [...sent.values()].filter(expected('unwanted')).flatMap(({ id }) => (delivered.has(id) ? [id] : [])),
    firstDeliveryMs: firstDeliveryMs(answers, entries, endMs),
    standstillMs: longestOfPartitions(wanted, answers, entries, endMs),
  };
}

function countById(answers: readonly Answer[], kind: Answer['kind']): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const answer of answers) if (answer.kind === kind) counts.set(answer.id, (counts.get(answer.id) ?? 0) + 1);
  return counts;
}

function firstDeliveryMs(
  answers: readonly Answer[],
  { sent, faultsAtMs }: LedgerEntries,
  endMs: number,
): number | undefined {
  const after = faultsAtMs.map((faultAtMs) => {
    const first = answers.find(
      ({ id, kind, atMs }) =>
        kind === 'delivered' && atMs > faultAtMs && (sent.get(id)?.firstSentAtMs ?? 0) > faultAtMs,
    );
    return (first?.atMs ?? endMs) - faultAtMs;
  });
  return after.length === 0 ? undefined : Math.max(...after);
}

function longestOfPartitions(
  wanted: readonly SentEvent[],
  answers: readonly Answer[],
  { stored, away }: LedgerEntries,
  endMs: number,
): number {
  const outcomes = answers.filter(({ kind }) => kind !== 'refused');
  const firstAtMs = new Map<string, number>();
  for (const { id, atMs } of outcomes) if (!firstAtMs.has(id)) firstAtMs.set(id, atMs);
  const partitionOf = (id: string): number | undefined => stored.get(id)?.[0]?.partition;

  const events = Map.groupBy(wanted, ({ id }) => partitionOf(id));
  const progress = Map.groupBy(outcomes, ({ id }) => partitionOf(id));
  const standstills = [...events].map(([partition, ofPartition]) =>
    longestStandstillMs(
      ofPartition.flatMap(({ id, acceptedAtMs }) =>
        acceptedAtMs === undefined ? [] : [{ fromMs: acceptedAtMs, untilMs: firstAtMs.get(id) }],
      ),
      (progress.get(partition) ?? []).map(({ atMs }) => atMs),
      away,
      endMs,
    ),
  );
  return Math.max(0, ...standstills);
}
