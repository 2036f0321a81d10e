/** What bounds an {@link Egresses}; every limit has a default in {@link defaultEgressLimits}. */
export interface EgressLimits {
  /** Deliveries one egress may have under way at once, over all its partitions: the ceiling of the adaptive limit. */
  readonly maxInFlight: number;
  /** Whether fewer requests at once are sent to a subscriber that is overloaded or slower than it was. */
  readonly adaptiveConcurrency: boolean;
  /** Events in a row whose delivery fails until a destination is left alone for a while; 0: it never is. */
  readonly breakerFailures: number;
  /** Milliseconds of the longest pause between two tries of a destination that is down. */
  readonly breakerMaxPauseMs: number;
  /**
   * Milliseconds that a destination may be down until its events are tried all the same, so that they end as their delivery options say:
   * retries, dead letter. A subscriber without a dead letter sink is waited for without end.
   */
  readonly breakerPatienceMs: number;
  /**
   * Bytes of records the process holds in memory for all egresses together, half of them for deliveries. Each egress may have
   * one record in delivery whatever its size, so many dead subscribers with large events exceed it: see `docs/feeds.md`.
   */
  readonly maxBufferedBytes: number;
  /** Bytes of a partition that are fetched ahead of the egress that is furthest along. */
  readonly maxLeadBytes: number;
  /** Records asked of Kafka at once. */
  readonly maxBatchRecords: number;
  /** Milliseconds between two commits of progress that a repeated delivery would show. */
  readonly commitIntervalMs: number;
  /** Milliseconds between two commits of progress made by filtering alone, whose repetition nobody sees. */
  readonly filteredCommitIntervalMs: number;
  /** Milliseconds after which the offsets of an idle egress are committed again, well below Kafka's `offsets.retention.minutes`. */
  readonly idleCommitIntervalMs: number;
  /** Milliseconds between two tries to take over a group that still has members. */
  readonly blockedRetryMs: number;
  /** Milliseconds that partitions to be given up wait for deliveries under way. */
  readonly revokeTimeoutMs: number;
  /** Milliseconds that a contract update waits for the first offsets of new egresses; they go on being fixed after it. */
  readonly applyTimeoutMs: number;
  /** Milliseconds that an egress taken out of the contract waits for its deliveries under way. */
  readonly removeTimeoutMs: number;
  /** Replies that may follow one from another in a topic; those beyond are dropped. 0: as many as come. */
  readonly maxReplyHops: number;
  /** Connections to one origin (scheme, host, port), shared by all egresses that post there. */
  readonly maxConnectionsPerOrigin: number;
  /** Requests that may wait for a connection to one origin. */
  readonly maxQueuedPerOrigin: number;
  /** Milliseconds between two looks at the ends of the topics, for the reported lag. */
  readonly lagIntervalMs: number;
  /** Milliseconds between two reports of the same egress. */
  readonly stateIntervalMs: number;
  /** Milliseconds between two signs of life for other dispatchers, who end the membership of one that is silent for five of them; 0: none. */
  readonly lifeIntervalMs: number;
  /**
   * Milliseconds that a partition may hold records and make no step forward until it is told as stalled; while deliveries are under way, the
   * time a request and the pause after it may take is added. After twice as long without records that Kafka says are there, or without a
   * commit that is due, the process itself is not well.
   */
  readonly stallAfterMs: number;
}

/** The limits of an {@link Egresses} that was given none. */
export const defaultEgressLimits: EgressLimits = {
  maxInFlight: 100,
  adaptiveConcurrency: true,
  breakerFailures: 10,
  breakerMaxPauseMs: 10_000,
  breakerPatienceMs: 60_000,
  maxBufferedBytes: 64 * 1024 * 1024,
  maxLeadBytes: 1024 * 1024,
  maxBatchRecords: 500,
  commitIntervalMs: 500,
  filteredCommitIntervalMs: 5_000,
  idleCommitIntervalMs: 12 * 60 * 60 * 1_000,
  blockedRetryMs: 5_000,
  revokeTimeoutMs: 3_000,
  applyTimeoutMs: 10_000,
  removeTimeoutMs: 30_000,
  maxReplyHops: 0,
  maxConnectionsPerOrigin: 1_000,
  maxQueuedPerOrigin: 100_000,
  lagIntervalMs: 10_000,
  stateIntervalMs: 1_000,
  lifeIntervalMs: 500,
  stallAfterMs: 30_000,
};
