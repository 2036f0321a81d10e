import { createCounter, createHistogram } from '@eventing-kafka/metrics';
import type { HistogramDefinition, MetricDefinition } from '@eventing-kafka/metrics';
import type { Meter } from '@opentelemetry/api';

const requests: MetricDefinition = {
  name: 'eventing.kafka.admission.requests',
  unit: '{request}',
  description: 'Admission reviews that were answered, by webhook, kind and whether the object was let in.',
};

const duration: HistogramDefinition = {
  name: 'eventing.kafka.admission.duration',
  unit: 's',
  description: 'Time from the arrival of an admission review to its answer; the API server waits for 2 s.',
  bucketBoundaries: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2],
};

/** What a webhook server measures. */
export interface AdmissionInstruments {
  /** A review was answered; `kind` is one of the known ones, or `other`. */
  answered(webhook: string, kind: string, allowed: boolean, durationMs: number): void;
}

/** The instruments on the meter given. Their series are few: webhooks × kinds × 2. */
export function admissionInstruments(meter: Meter): AdmissionInstruments {
  const counter = createCounter(meter, requests);
  const histogram = createHistogram(meter, duration);
  return {
    answered: (webhook, kind, allowed, durationMs) => {
      counter.series({ webhook, kind, allowed }).add();
      histogram.series({ webhook }).record(durationMs / 1000);
    },
  };
}
