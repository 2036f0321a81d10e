/** A metric as data. */
export interface MetricDefinition {
  /** Dotted name. `/metrics` shows it with underscores, the unit and `_total` behind it (dispatcher 16). */
  readonly name: string;
  /** `ms` and `1` are shown as `_ms` and `_1`, `s` as `_seconds`, `By` as `_bytes`; one in braces such as `{event}` is not shown. */
  readonly unit: string;
  /** What is counted or measured. */
  readonly description: string;
}

/** A metric whose values fall into buckets. */
export interface HistogramDefinition extends MetricDefinition {
  /** Upper bounds, inclusive and ascending; one more bucket takes everything above. */
  readonly bucketBoundaries: readonly number[];
  /** True: a gauge `<name>_max` with the greatest value of the last two to three minutes stands beside it, as upstream's does. */
  readonly withMaximum?: boolean;
}

/** Buckets of the metrics that dashboards made for upstream read (receiver 14.1), in milliseconds. */
export const latencyBucketsMs = [50, 100, 500, 1000, 5000, 10_000] as const;

/** Buckets of our own durations in seconds, from a tenth of a millisecond: most events take less than upstream's first bucket. */
export const durationBucketsSeconds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
] as const;

/** Histograms: upstream's, recorded in whole milliseconds, and ours in seconds. */
export const histograms = {
  /**
   * Receiver: route found → answer, of events answered 202, 400, 503 (receiver 14.1). Dispatcher: delivery done, retries and reply included,
   * not for dead letters (dispatcher 16). Its `_count` is the count of events.
   */
  dispatchLatency: {
    name: 'kn.eventing.dispatch.latency',
    unit: 'ms',
    description:
      'Time to accept an event into Kafka (receiver) or to deliver it to its subscriber, retries included (dispatcher).',
    bucketBoundaries: latencyBucketsMs,
    withMaximum: true,
  },
  /** Dispatcher: time after the filter until the delivery begins (dispatcher 16). */
  processLatency: {
    name: 'kn.eventing.process.latency',
    unit: 'ms',
    description: 'Time from the arrival of a record to the end of its filtering.',
    bucketBoundaries: latencyBucketsMs,
    withMaximum: true,
  },
  /** Dispatcher, ordered egresses: enqueued → completed (dispatcher 16). */
  executorQueueLatency: {
    name: 'kn.eventing.kafka.executor_queue.latency',
    unit: 'ms',
    description: 'Time a record of an ordered egress waits and is delivered.',
    bucketBoundaries: latencyBucketsMs,
    withMaximum: true,
  },
  /** Ours: as `dispatchLatency` of the receiver, fine enough for what a local Kafka takes. */
  ingressDuration: {
    name: 'eventing.kafka.ingress.duration',
    unit: 's',
    description: 'Time from the arrival of a request to its answer.',
    bucketBoundaries: durationBucketsSeconds,
  },
  /** Ours: as `dispatchLatency` of the dispatcher. */
  deliveryDuration: {
    name: 'eventing.kafka.delivery.duration',
    unit: 's',
    description: 'Time from the start of a delivery to its outcome, retries and reply included.',
    bucketBoundaries: durationBucketsSeconds,
  },
  /** Ours: from the record's timestamp to its outcome: how far behind a subscriber is. */
  endToEndDuration: {
    name: 'eventing.kafka.end_to_end.duration',
    unit: 's',
    description: 'Time from the timestamp of a record to the outcome of its delivery.',
    bucketBoundaries: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600],
  },
  /** Controller: one look at one object, with the calls to Kafka and Kubernetes in it. */
  reconcileDuration: {
    name: 'eventing.kafka.reconcile.duration',
    unit: 's',
    description: 'Time to reconcile one object, by its kind and what came of it.',
    bucketBoundaries: durationBucketsSeconds,
  },
  /** Controller: from a change of an object to its being served by every process. */
  servingDuration: {
    name: 'eventing.kafka.serving.duration',
    unit: 's',
    description: 'Time from the change of an object until every data-plane process serves it as written.',
    bucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
  },
} as const satisfies Readonly<Record<string, HistogramDefinition>>;

/** Metrics that only grow. */
export const counters = {
  /** Dispatcher: records that are no event or not deliverable as one (dispatcher 16). */
  discardedEvents: {
    name: 'kn.eventing.kafka.discarded_events',
    unit: '1',
    description: 'Records without a deliverable event.',
  },
  /** Dispatcher: offsets passed over (dispatcher 16). */
  skippedOffsets: {
    name: 'kn.eventing.kafka.skipped_offsets',
    unit: '1',
    description: 'Offsets passed over without a record to deliver.',
  },
  /** Dispatcher: events that failed at their dead letter sink too, or had none (dispatcher 11). */
  lostEvents: {
    name: 'kn.eventing.kafka.lost_events',
    unit: '1',
    description: 'Events given up: their delivery failed and so did, or there was no, dead letter sink.',
  },
  /** Ours: requests refused before they were events (401, 403, 404, 405, 413 …), by status: upstream does not count them. */
  refusedRequests: {
    name: 'eventing.kafka.ingress.refused_requests',
    unit: '{request}',
    description: 'Requests refused by the receiver before an event was read.',
  },
  /** Ours: every record ends in exactly one outcome. */
  outcomes: {
    name: 'eventing.kafka.delivery.outcomes',
    unit: '{event}',
    description: 'Records by what became of them.',
  },
  /** Ours: attempts after the first. */
  retries: {
    name: 'eventing.kafka.delivery.retries',
    unit: '{request}',
    description: 'Delivery attempts after the first.',
  },
  /** Ours: replies that were not stored, because they would have followed one from another without end. */
  droppedReplies: {
    name: 'eventing.kafka.delivery.dropped_replies',
    unit: '{event}',
    description: 'Replies not stored in the topic, because as many as may be had followed one from another.',
  },
  /** Ours: attempts without success, by `error.type`: the code of the delivery's error. */
  failedAttempts: {
    name: 'eventing.kafka.delivery.failed_attempts',
    unit: '{request}',
    description: 'Delivery attempts that failed, to any target, by why.',
  },
  /** Ours: how often an egress held back, because its subscriber was down (`breaker`) or asked for it (`retry-after`). */
  pauses: {
    name: 'eventing.kafka.delivery.pauses',
    unit: '{pause}',
    description: 'Times that deliveries were held back for the sake of the subscriber.',
  },
  /** Controller: objects that could not be reconciled for a reason that is not theirs. */
  reconcileErrors: {
    name: 'eventing.kafka.reconcile.errors',
    unit: '{error}',
    description: 'Looks at an object that ended in an error and are tried again.',
  },
  /** Controller: statuses written, by outcome. */
  statusWrites: {
    name: 'eventing.kafka.status.writes',
    unit: '{write}',
    description: 'Statuses of objects that were written, or could not be.',
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** Metrics that rise and fall. */
export const gauges = {
  /** Dispatcher: running HTTP requests (dispatcher 16). */
  inFlightRequests: {
    name: 'kn.eventing.dispatch.in_flight_requests',
    unit: '1',
    description: 'HTTP requests under way.',
  },
  /** Dispatcher, ordered egresses (dispatcher 16). */
  executorQueueLength: {
    name: 'kn.eventing.kafka.executor_queue.length',
    unit: '1',
    description: 'Records of an ordered egress that wait or are being delivered.',
  },
  /** Ours: records between the committed offset and the end of the topic. */
  consumerLag: {
    name: 'eventing.kafka.consumer.lag',
    unit: '{event}',
    description: 'Records of a topic that an egress has not finished.',
  },
  /** Ours: how old the oldest of those records is. */
  consumerLagTime: {
    name: 'eventing.kafka.consumer.lag_time',
    unit: 's',
    description: 'Time since the oldest record that an egress has not finished was written; 0: none, or not known.',
  },
  /** Ours: what the watchdog found. */
  stalledPartitions: {
    name: 'eventing.kafka.consumer.stalled',
    unit: '{partition}',
    description: 'Partitions that hold records for an egress and make no progress.',
  },
  /** Ours: follows how the subscriber copes, up to the configured maximum. */
  concurrencyLimit: {
    name: 'eventing.kafka.delivery.concurrency_limit',
    unit: '{request}',
    description: 'Requests that an egress allows itself to its subscriber at once.',
  },
  /** Ours: whether the subscriber gets requests. */
  breakerState: {
    name: 'eventing.kafka.delivery.breaker',
    unit: '{state}',
    description: 'Circuit breaker of the subscriber: 0 closed, 1 half-open (single requests try it), 2 open (paused).',
  },
  /** Ours: which contract a process runs. */
  contractGeneration: {
    name: 'eventing.kafka.contract.generation',
    unit: '{generation}',
    description: 'Generation of the contract in use.',
  },
  /** Ours: parts of the contract, ingresses and egresses, that are not served as asked for. */
  contractRefused: {
    name: 'eventing.kafka.contract.refused',
    unit: '{part}',
    description: 'Parts of the contract that are not served as asked for.',
  },
  /** Ours: whether the stream to the controller is open, or the contract file is what is served. */
  contractConnected: {
    name: 'eventing.kafka.contract.connected',
    unit: '{connection}',
    description: '1 while connected to the controller, or the contract file is in use as it lies there, else 0.',
  },
  /** Ours: events that a receiver reads, or that Kafka has not acknowledged yet. */
  ingressInFlightEvents: {
    name: 'eventing.kafka.ingress.in_flight',
    unit: '{event}',
    description: 'Events being read, or handed to Kafka and not yet acknowledged.',
  },
  /** Ours: bytes accepted and not yet acknowledged by Kafka. */
  producerInFlightBytes: {
    name: 'eventing.kafka.producer.in_flight',
    unit: 'By',
    description: 'Bytes handed to a producer and not yet acknowledged.',
  },
  /** Ours: when the certificate of HTTPS ends; 0 without one. */
  certificateExpiry: {
    name: 'eventing.kafka.ingress.certificate.expiry',
    unit: 's',
    description:
      'When the certificate that the receiver serves HTTPS with ends, in seconds since 1970; 0: it serves none.',
  },
  /** Controller: its work queues. */
  workQueueDepth: {
    name: 'eventing.kafka.workqueue.depth',
    unit: '{item}',
    description: 'Objects that wait to be reconciled, or to have their status written, or are at it.',
  },
  /** Controller: data-plane processes by kind and by whether they are connected. */
  contractProcesses: {
    name: 'eventing.kafka.contract.processes',
    unit: '{process}',
    description: 'Data-plane processes that are connected to the controller, or should be.',
  },
  /** Controller: how far behind a process is. */
  contractLag: {
    name: 'eventing.kafka.contract.lag',
    unit: '{generation}',
    description: 'Generations of the contract that a data-plane process has not acknowledged yet.',
  },
  /** Controller: whether this one leads. */
  leader: {
    name: 'eventing.kafka.leader',
    unit: '{leader}',
    description: '1 while this controller reconciles and pushes contracts.',
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** Every metric by its short name: name, unit, description, buckets. */
export const metricDefinitions = { ...histograms, ...counters, ...gauges } as const;

type MetricNames = { readonly [Name in keyof typeof metricDefinitions]: (typeof metricDefinitions)[Name]['name'] };

/** The dotted name of every metric by its short name. */
export const metricNames = Object.freeze(
  Object.fromEntries(Object.entries(metricDefinitions).map(([name, definition]) => [name, definition.name])),
) as MetricNames;
