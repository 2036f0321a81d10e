import type { Attributes } from '@opentelemetry/api';

/**
 * The attributes of all metrics. Values are bounded: resources, outcomes, status codes and event types; never event ids, URLs or keys. On
 * `/metrics` their dots are underscores (`http_response_status_code`).
 */
export const attributeNames = {
  /** Status of the HTTP answer, given or received (receiver 14.1, dispatcher 16); 0 when there was none. */
  responseStatusCode: 'http.response.status_code',
  /** Type of the event; `unknown` for one that could not be decoded or when the label is off (receiver 14.1). */
  eventType: 'cloudevents.type',
  /** Name of the resource an egress belongs to, not the id of its group (dispatcher 16). */
  consumerGroup: 'messaging.consumer.group.name',
  /** `send` or `reply` (dispatcher 16). */
  operationName: 'messaging.operation.name',
  /** `send` (dispatcher 16). */
  operationType: 'messaging.operation.type',
  /** `subscriber` or `deadLetterSink`; absent for replies (dispatcher 16). */
  destinationTemplate: 'messaging.destination.template',
  /** Topic. */
  topic: 'messaging.destination.name',
  /** Partition of a topic, as text. */
  partition: 'messaging.destination.partition.id',
  /** What became of a record: the kinds of a dispatch outcome. */
  outcome: 'outcome',
  /** `receiver` or `dispatcher`. */
  processKind: 'process.kind',
  /** Name of a data-plane process, as its Pod is called. */
  processName: 'process.name',
  /** `connected`, `ready` (should be connected) or `refusing`. */
  processState: 'process.state',
  /** Kind of an object: `Broker`, `Trigger`, `KafkaSink`. */
  resourceKind: 'resource.kind',
  /** Which work queue: `reconcile` or `status`. */
  queue: 'queue.name',
  /** Why something was refused or failed: a code of a typed error. */
  errorType: 'error.type',
  /** Why deliveries were held back: `breaker` or `retry-after`. */
  pauseReason: 'pause.reason',
} as const;

/** Values that stand for an event type. */
export const eventTypeValues = {
  /** Not decoded, or the label is switched off. */
  unknown: 'unknown',
  /** A record that is no CloudEvent (dispatcher 16). */
  invalid: 'InvalidCloudEvent',
  /** An offset without a record to deliver (dispatcher 16). */
  skippedOffset: 'OffsetSkippingCloudEvent',
  /** All types beyond the limit of series (see `seriesLimit`). */
  other: 'other',
} as const;

/**
 * The attributes that name a resource: `kn.<kind>.name` and `kn.<kind>.namespace`, the kind in lower case (receiver 14.1). All
 * series of a resource carry them, and `forget` on a series drops them by these.
 */
export function resourceAttributes(reference: {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}): Attributes {
  const kind = reference.kind.toLowerCase();
  return { [`kn.${kind}.name`]: reference.name, [`kn.${kind}.namespace`]: reference.namespace };
}
