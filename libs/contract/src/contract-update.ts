import type { ContractState } from './contract-state.ts';
import type { Revision } from './revision.ts';

/** A state, and what is different in it from the one before. */
export interface ContractUpdateParts extends ContractState {
  /** Uids of resources that are new, changed, or to be tried again. */
  readonly changedUids: readonly string[];
  /** Uids of resources that are no longer in the contract. */
  readonly removedUids: readonly string[];
}

/** What a part of the data plane gets to serve: the whole contract, and which resources of it need a look. */
export interface ContractUpdate extends ContractUpdateParts {
  readonly revision: Revision;
}

/** A resource, or one egress of it, that is not served as asked for. */
export interface RefusedPart {
  readonly resourceUid: string;
  /** Empty: the resource's own part, its ingress or its topic. */
  readonly egressUid: string;
  /** Fixed CamelCase word, fit for the `reason` of a condition. */
  readonly reason: string;
  /** For a person. */
  readonly message: string;
}

/**
 * Takes an update into service. Answers with every part of the *changed resources* that is not served as asked for, also when it
 * was refused before and its resource changed elsewhere; what is not listed counts as served. A part that is refused keeps, where
 * it can, serving what it served before.
 *
 * Applying is idempotent: a resource named in `changedUids` may be the same as before (it is being tried again), and one in
 * `removedUids` may be gone already. Calls never overlap. A rejection counts as the refusal of every changed resource, and
 * they are tried again.
 */
export type ApplyContract = (update: ContractUpdate) => Promise<readonly RefusedPart[]>;

/** What an egress is doing. `idle`: set up, but owns no partition; `paused`: holds back for the sake of the destination; `blocked`: Kafka, or another owner of the group, keeps it from working. */
export type EgressPhase = 'idle' | 'delivering' | 'paused' | 'blocked';

/**
 * What keeps an egress from hammering a destination that is down: `closed` lets deliveries out, `open` none until a pause is
 * over, `half-open` single ones, to find out whether the destination is back.
 */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** Facts about a running egress, as its process reports them. */
export interface EgressRuntimeState {
  readonly resourceUid: string;
  readonly egressUid: string;
  readonly phase: EgressPhase;
  /** Events between the committed position and the end of the partitions this process owns; absent: not known. */
  readonly lag?: bigint;
  /** The last failed delivery, for a person; absent: none since the egress started. */
  readonly lastDeliveryError?: string;
  /** Partitions this process delivers from. */
  readonly partitions: readonly number[];
  /** Milliseconds since the oldest of the events of `lag` was written to Kafka; absent: not known, or nothing lags. */
  readonly lagMs?: bigint;
  /** Deliveries under way now; absent: 0. */
  readonly inFlight?: number;
  /** Deliveries the egress allows itself now; it follows how the destination copes. Absent: not known. */
  readonly maxInFlight?: number;
  /** Of the destination; absent: not known. */
  readonly breaker?: BreakerState;
  /** Of `partitions`, those that hold events and have made no progress for longer than the watchdog allows; absent: none. */
  readonly stalledPartitions?: readonly number[];
}
