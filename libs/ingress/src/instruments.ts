import {
  attributeNames,
  boundedLabel,
  createCounter,
  createGauge,
  createHistogram,
  eventTypeValues,
  forgetSeries,
  metricDefinitions,
  resourceAttributes,
} from '@eventing-kafka/metrics';
import type {
  CounterSeries,
  GaugeMetric,
  GaugeSeries,
  HistogramMetric,
  HistogramSeries,
} from '@eventing-kafka/metrics';
import type { Attributes, Meter } from '@opentelemetry/api';
import type { RefusalReason } from './refusals.ts';
import { refusals } from './refusals.ts';
import type { RoutePlan } from './route-plan.ts';

/** Event types that a route tells apart in its metrics; further ones are `other` (F-14). */
const maxEventTypes = 50;

/** Measures the events of one route. */
export interface RouteMeasurements {
  /** An event was answered after `durationMs`; `eventType` is empty when it could not be decoded (receiver.md 14.1). */
  answered(statusCode: number, eventType: string, durationMs: number): void;
}

/** The instruments of an ingress, on the meter it was given. */
export class IngressInstruments {
  readonly #meter: Meter;
  readonly #latency: HistogramMetric;
  readonly #duration: HistogramMetric;
  readonly #refused: ReadonlyMap<RefusalReason, CounterSeries>;
  readonly #inFlightBytes: GaugeSeries;
  readonly #inFlightEvents: GaugeSeries;
  readonly #certificateExpiry: GaugeMetric;

  constructor(meter: Meter) {
    this.#meter = meter;
    this.#latency = createHistogram(meter, metricDefinitions.dispatchLatency);
    this.#duration = createHistogram(meter, metricDefinitions.ingressDuration);
    this.#inFlightBytes = createGauge(meter, metricDefinitions.producerInFlightBytes).series({});
    this.#inFlightEvents = createGauge(meter, metricDefinitions.ingressInFlightEvents).series({});
    this.#certificateExpiry = createGauge(meter, metricDefinitions.certificateExpiry);
    const refused = createCounter(meter, metricDefinitions.refusedRequests);
    this.#refused = new Map(
      Object.values(refusals).map(({ reason, statusCode }) => [
        reason,
        refused.series({ [attributeNames.responseStatusCode]: statusCode, [attributeNames.errorType]: reason }),
      ]),
    );
  }

  /** Those of one route. Its series are looked up once for each status and type. */
  route(plan: RoutePlan): RouteMeasurements {
    return new RouteSeries(this.#latency, this.#duration, plan);
  }

  /** Counts a refusal by its reason, whatever the resource: it may be none of ours. */
  refused(reason: RefusalReason): void {
    this.#refused.get(reason)?.add();
  }

  /** Events on their way, and the bytes of their bodies. */
  inFlight(events: number, bytes: number): void {
    this.#inFlightEvents.set(events);
    this.#inFlightBytes.set(bytes);
  }

  /** When the certificate that is served ends, in milliseconds since 1970; 0: none is served. */
  readonly certificateExpires = (atMs: number): void => {
    this.#certificateExpiry.series({}).set(Math.floor(atMs / 1000));
  };

  /** Drops all series of a resource that is gone (receiver.md 14.1). */
  forget(plan: RoutePlan): void {
    forgetSeries(this.#meter, resourceAttributes(plan));
  }
}

interface AnswerSeries {
  readonly latency: HistogramSeries;
  readonly duration: HistogramSeries;
}

class RouteSeries implements RouteMeasurements {
  readonly #latency: HistogramMetric;
  readonly #duration: HistogramMetric;
  readonly #resource: Attributes;
  readonly #typeLabel = boundedLabel(maxEventTypes, eventTypeValues.other);
  readonly #series = new Map<number, Map<string, AnswerSeries>>();

  constructor(latency: HistogramMetric, duration: HistogramMetric, plan: RoutePlan) {
    this.#latency = latency;
    this.#duration = duration;
    this.#resource = resourceAttributes(plan);
  }

  answered(statusCode: number, eventType: string, durationMs: number): void {
    const label = eventType === '' ? eventTypeValues.unknown : this.#typeLabel(eventType);
    const series = this.#series.get(statusCode)?.get(label) ?? this.#open(statusCode, label);
    series.latency.record(Math.round(durationMs));
    series.duration.record(durationMs / 1000);
  }

  #open(statusCode: number, label: string): AnswerSeries {
    const attributes: Attributes = {
      ...this.#resource,
      [attributeNames.responseStatusCode]: statusCode,
      [attributeNames.eventType]: label,
    };
    const series = { latency: this.#latency.series(attributes), duration: this.#duration.series(attributes) };
    const ofStatus = this.#series.get(statusCode) ?? new Map<string, AnswerSeries>();
    this.#series.set(statusCode, ofStatus.set(label, series));
    return series;
  }
}
