/**
 * What the ledger holds: what was sent, what lies in the topic, what subscribers answered. All times are `performance.now()` of the
 * one process that sends, answers and keeps the books.
 */

/** An event that was posted, with all its attempts. */
export interface SentEvent {
  readonly id: string;
  /** Its partition key. Events of one key are sent one after the other. */
  readonly key: string;
  /** Its place among the events of its key, from 0. */
  readonly sequence: number;
  /** The attribute that filters look at. */
  readonly lane: Lane;
  readonly firstSentAtMs: number;
  /** When its 202 came; undefined while it got none. */
  acceptedAtMs: number | undefined;
  /** Attempts without a 202 that may have been stored all the same: no answer, or one of 5xx. */
  unanswered: number;
}

/** The values of the attribute `lane`, in turn within a key. */
export const lanes = ['a', 'b', 'both', 'none'] as const;
export type Lane = (typeof lanes)[number];

/** Where a copy of an event lies in the topic. An event has several when an attempt without an answer was stored. */
export interface StoredCopy {
  readonly partition: number;
  readonly offset: number;
}

/** How a subscriber, or the dead letter sink, answered one request. `refused` is every answer that is not a complete 2xx. */
export interface Answer {
  readonly egress: string;
  readonly id: string;
  readonly kind: 'delivered' | 'refused' | 'dead-lettered';
  readonly atMs: number;
}

/** A stretch of time. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Everything that is known at the end of a scenario. */
export interface LedgerEntries {
  readonly sent: ReadonlyMap<string, SentEvent>;
  readonly stored: ReadonlyMap<string, readonly StoredCopy[]>;
  /** In the order in which they were given. */
  readonly answers: readonly Answer[];
  /** When something was broken, or was whole again after it had been away. */
  readonly faultsAtMs: readonly number[];
  /** When Kafka or the subscriber was away, so that nobody could make progress. */
  readonly away: readonly Span[];
}

/** What is promised about an egress, and therefore checked. */
export interface EgressPromise {
  readonly name: string;
  /** `ordered`: within a partition; `key`: within a key of a partition; `unordered`: none. */
  readonly order: 'unordered' | 'ordered' | 'key';
  /** Whether an event must arrive, must not, or may do either (a filter that changed while it was under way). */
  expects(event: SentEvent): 'wanted' | 'unwanted' | 'either';
}
