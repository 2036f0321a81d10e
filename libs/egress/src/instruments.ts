import type { BreakerState, DeliveryErrorCode, DispatchOutcome } from '@eventing-kafka/delivery';
import {
  attributeNames,
  boundedLabel,
  counters,
  createCounter,
  createGauge,
  createHistogram,
  eventTypeValues,
  forgetSeries,
  gauges,
  histograms,
  resourceAttributes,
  type CounterSeries,
  type HistogramSeries,
} from '@eventing-kafka/metrics';
import type { Attributes, Meter } from '@opentelemetry/api';

/** Who gets a request, as the metrics name it. */
export type RequestTarget = 'subscriber' | 'deadLetterSink' | 'reply';

/** The user's object that an egress belongs to. */
export interface EgressReference {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What is measured of one egress. */
export interface EgressMeters {
  /** A request to a target begins (1) or ends (−1). */
  inFlight(target: RequestTarget, change: 1 | -1): void;
  /** A record has its outcome. `eventType` is undefined for records that are no events; times in milliseconds. */
  outcome(
    kind: DispatchOutcome['kind'],
    eventType: string | undefined,
    statusCode: number,
    tookMs: number,
    recordTimestampMs: number,
  ): void;
  /** A request is about to be sent again. */
  retried(): void;
  /** A reply was not stored, because it would have gone round. */
  replyDropped(): void;
  /** A request was not taken. */
  failedAttempt(code: DeliveryErrorCode): void;
  /** Requests to the subscriber are held back from now on. */
  paused(why: 'breaker' | 'retry-after'): void;
  /** What is allowed of requests to the subscriber now. */
  flow(maxInFlight: number, breaker: BreakerState): void;
  /** Offsets were passed over, because there is no record at them. */
  skipped(count: number): void;
  /** A batch was filtered; one measurement a batch, and not one a record, because most egresses want no record of most batches. */
  filtered(eventType: string | undefined, tookMs: number): void;
  /**
   * Records between what is committed and the end of the partitions that are ours, how long the oldest of them is there (milliseconds; 0:
   * not known), and how many of the partitions stall.
   */
  lag(records: number, oldestMs: number, stalledPartitions: number): void;
  /** The egress is gone: its series go too. */
  close(): void;
}

/** What the gauge of a breaker shows. */
const breakerValues: Readonly<Record<BreakerState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** Event types that get series of their own, in the whole process. */
const maxEventTypes = 100;

/** The instruments of this library: names in `@eventing-kafka/metrics`, meaning in the dispatcher specification, clause 16. */
export class EgressInstruments {
  readonly #meter: Meter;
  readonly #dispatchLatency;
  readonly #processLatency;
  readonly #deliveryDuration;
  readonly #endToEndDuration;
  readonly #discarded;
  readonly #skipped;
  readonly #lost;
  readonly #outcomes;
  readonly #retries;
  readonly #droppedReplies;
  readonly #failedAttempts;
  readonly #pauses;
  readonly #concurrencyLimit;
  readonly #breaker;
  readonly #inFlight;
  readonly #lag;
  readonly #lagTime;
  readonly #stalled;
  readonly #typeLabel: (type: string) => string;

  constructor(meter: Meter) {
    this.#meter = meter;
    this.#dispatchLatency = createHistogram(meter, histograms.dispatchLatency);
    this.#processLatency = createHistogram(meter, histograms.processLatency);
    this.#deliveryDuration = createHistogram(meter, histograms.deliveryDuration);
    this.#endToEndDuration = createHistogram(meter, histograms.endToEndDuration);
    this.#discarded = createCounter(meter, counters.discardedEvents);
    this.#skipped = createCounter(meter, counters.skippedOffsets);
    this.#lost = createCounter(meter, counters.lostEvents);
    this.#outcomes = createCounter(meter, counters.outcomes);
    this.#retries = createCounter(meter, counters.retries);
    this.#droppedReplies = createCounter(meter, counters.droppedReplies);
    this.#failedAttempts = createCounter(meter, counters.failedAttempts);
    this.#pauses = createCounter(meter, counters.pauses);
    this.#concurrencyLimit = createGauge(meter, gauges.concurrencyLimit);
    this.#breaker = createGauge(meter, gauges.breakerState);
    this.#inFlight = createGauge(meter, gauges.inFlightRequests);
    this.#lag = createGauge(meter, gauges.consumerLag);
    this.#lagTime = createGauge(meter, gauges.consumerLagTime);
    this.#stalled = createGauge(meter, gauges.stalledPartitions);
    this.#typeLabel = boundedLabel(maxEventTypes, eventTypeValues.other);
  }

  /** The series of one egress, looked up once. */
  forEgress(reference: EgressReference): EgressMeters {
    const base: Attributes = { [attributeNames.consumerGroup]: reference.name, ...resourceAttributes(reference) };
    const typed = (type: string | undefined): Attributes => ({
      ...base,
      [attributeNames.eventType]: type === undefined ? eventTypeValues.invalid : this.#typeLabel(type),
    });
    const sends = { ...base, [attributeNames.operationType]: 'send' };
    const inFlight = {
      subscriber: this.#inFlight.series({
        ...sends,
        [attributeNames.operationName]: 'send',
        [attributeNames.destinationTemplate]: 'subscriber',
      }),
      deadLetterSink: this.#inFlight.series({
        ...sends,
        [attributeNames.operationName]: 'send',
        [attributeNames.destinationTemplate]: 'deadLetterSink',
      }),
      reply: this.#inFlight.series({ ...sends, [attributeNames.operationName]: 'reply' }),
    };
    const dispatchLatency = remembered((key: string) => {
      const [status = '0', ...type] = key.split(' ');
      return this.#dispatchLatency.series({
        ...typed(type.join(' ')),
        [attributeNames.responseStatusCode]: Number(status),
      });
    });
    const processLatency = remembered((type: string | undefined) => this.#processLatency.series(typed(type)));
    const discarded = remembered((type: string | undefined) => this.#discarded.series(typed(type)));
    const lost = remembered((type: string) => this.#lost.series(typed(type)));
    const outcomes = remembered((kind: string) => this.#outcomes.series({ ...base, [attributeNames.outcome]: kind }));
    const duration = this.#deliveryDuration.series(base);
    const endToEnd = this.#endToEndDuration.series(base);
    const retries = this.#retries.series(base);
    const droppedReplies = this.#droppedReplies.series(base);
    const failedAttempts = remembered((code: DeliveryErrorCode) =>
      this.#failedAttempts.series({ ...base, [attributeNames.errorType]: code }),
    );
    const pauses = remembered((why: string) => this.#pauses.series({ ...base, [attributeNames.pauseReason]: why }));
    const concurrencyLimit = this.#concurrencyLimit.series(base);
    const breaker = this.#breaker.series(base);
    const skipped = this.#skipped.series({ ...base, [attributeNames.eventType]: eventTypeValues.skippedOffset });
    const lag = this.#lag.series(base);
    const lagTime = this.#lagTime.series(base);
    const stalled = this.#stalled.series(base);
    return {
      inFlight: (target, change) => inFlight[target].add(change),
      outcome: (kind, eventType, statusCode, tookMs, recordTimestampMs) => {
        outcomes(kind).add();
        if (eventType === undefined) {
          discarded(eventType).add();
          return;
        }
        dispatchLatency(`${statusCode} ${eventType}`).record(Math.round(tookMs));
        duration.record(tookMs / 1000);
        if (recordTimestampMs >= 0) endToEnd.record(Math.max(0, Date.now() - recordTimestampMs) / 1000);
        if (kind === 'abandoned') lost(eventType).add();
      },
      retried: () => retries.add(),
      replyDropped: () => droppedReplies.add(),
      failedAttempt: (code) => failedAttempts(code).add(),
      paused: (why) => pauses(why).add(),
      flow: (maxInFlight, state) => {
        concurrencyLimit.set(maxInFlight);
        breaker.set(breakerValues[state]);
      },
      skipped: (count) => skipped.add(count),
      filtered: (eventType, tookMs) => processLatency(eventType).record(Math.round(tookMs)),
      lag: (records, oldestMs, stalledPartitions) => {
        lag.set(records);
        lagTime.set(oldestMs / 1000);
        stalled.set(stalledPartitions);
      },
      close: () => forgetSeries(this.#meter, resourceAttributes(reference)),
    };
  }
}

/** Looks up by `make` once for each key; forgets all when there are too many, so that no sender can fill the memory. */
function remembered<K, S extends CounterSeries | HistogramSeries>(make: (key: K) => S): (key: K) => S {
  const known = new Map<K, S>();
  return (key) => {
    let series = known.get(key);
    if (series === undefined) {
      if (known.size >= 4 * maxEventTypes) known.clear();
      series = make(key);
      known.set(key, series);
    }
    return series;
  };
}
