import { attributeNames, eventTypeValues, metricDefinitions, resourceAttributes } from '@eventing-kafka/metrics';
import type { Attributes, Histogram, Meter, ObservableResult } from '@opentelemetry/api';
import type { RefusalReason } from './refusals.ts';
import { refusals } from './refusals.ts';
import type { RoutePlan } from './route-plan.ts';

/** What is in flight, when metrics are read. */
export interface InFlight {
  readonly bytes: number;
}

/** The instruments of an ingress. */
export interface IngressInstruments {
  /** Those of one route; its attribute objects are made once. */
  route(plan: RoutePlan): RouteMeasurements;
  /** Counts a refusal by its reason; the labels are few. */
  refused(reason: RefusalReason): void;
  /** Says how to read what is in flight. */
  observe(read: () => InFlight): void;
  /** Observes no more. */
  close(): void;
}

/** Measures the events of one route. */
export interface RouteMeasurements {
  /** An event was answered after `durationMs`; `eventType` is empty when it could not be decoded (receiver.md 14.1). */
  answered(statusCode: number, eventType: string, durationMs: number): void;
}

/** Event types that a route tells apart in its metrics; the rest is `other` (F-14). */
const maxEventTypes = 50;

/** Declares the instruments on `meter`. */
export function createIngressInstruments(meter: Meter): IngressInstruments {
  const { dispatchLatency, ingressDuration, refusedRequests, producerInFlightBytes } = metricDefinitions;
  const latency = meter.createHistogram(dispatchLatency.name, {
    unit: dispatchLatency.unit,
    description: dispatchLatency.description,
    advice: { explicitBucketBoundaries: [...dispatchLatency.bucketBoundaries] },
  });
  const duration = meter.createHistogram(ingressDuration.name, {
    unit: ingressDuration.unit,
    description: ingressDuration.description,
    advice: { explicitBucketBoundaries: [...ingressDuration.bucketBoundaries] },
  });
  const refused = meter.createCounter(refusedRequests.name, {
    unit: refusedRequests.unit,
    description: refusedRequests.description,
  });
  const inFlight = meter.createObservableGauge(producerInFlightBytes.name, {
    unit: producerInFlightBytes.unit,
    description: producerInFlightBytes.description,
  });
  const refusedAttributes = new Map<RefusalReason, Attributes>();
  let callback: ((result: ObservableResult) => void) | undefined;
  return {
    route: (plan) => new RouteHistograms(latency, duration, plan),
    refused: (reason) => {
      let attributes = refusedAttributes.get(reason);
      if (attributes === undefined) {
        attributes = {
          [attributeNames.responseStatusCode]: refusals[reason].statusCode,
          [attributeNames.errorType]: reason,
        };
        refusedAttributes.set(reason, attributes);
      }
      refused.add(1, attributes);
    },
    observe: (read) => {
      callback = (result) => result.observe(read().bytes);
      inFlight.addCallback(callback);
    },
    close: () => {
      if (callback !== undefined) inFlight.removeCallback(callback);
    },
  };
}

class RouteHistograms implements RouteMeasurements {
  readonly #latency: Histogram;
  readonly #duration: Histogram;
  readonly #resource: Attributes;
  readonly #eventTypes = new Set<string>();
  readonly #byStatus = new Map<number, Map<string, Attributes>>();

  constructor(latency: Histogram, duration: Histogram, plan: RoutePlan) {
    this.#latency = latency;
    this.#duration = duration;
    this.#resource = resourceAttributes(plan);
  }

  answered(statusCode: number, eventType: string, durationMs: number): void {
    const attributes = this.#byStatus.get(statusCode)?.get(eventType) ?? this.#attributes(statusCode, eventType);
    this.#latency.record(Math.round(durationMs), attributes);
    this.#duration.record(durationMs / 1000, attributes);
  }

  #attributes(statusCode: number, eventType: string): Attributes {
    const known = this.#eventTypes.has(eventType) || this.#eventTypes.size < maxEventTypes;
    if (known) this.#eventTypes.add(eventType);
    const shown = eventType === '' ? eventTypeValues.unknown : known ? eventType : eventTypeValues.other;
    const attributes: Attributes = {
      ...this.#resource,
      [attributeNames.responseStatusCode]: statusCode,
      [attributeNames.eventType]: shown,
    };
    if (known) {
      const ofStatus = this.#byStatus.get(statusCode) ?? new Map<string, Attributes>();
      this.#byStatus.set(statusCode, ofStatus.set(eventType, attributes));
    }
    return attributes;
  }
}
