import { ValueType, type Attributes, type HrTime, type Meter } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import type { HistogramDefinition } from './metric-definitions.ts';
import { toHrTime } from './hr-time.ts';
import { SeriesMap } from './series-map.ts';
import { registryOf, type SeriesFamily } from './series-registry.ts';

/** One series of a histogram: keep it and record into it. */
export interface HistogramSeries {
  /** Adds a value, in the unit of the metric. Not a number: ignored. */
  record(value: number): void;
}

/** A metric whose values fall into buckets. */
export interface HistogramMetric {
  /**
   * The series with these attributes, made when it is asked for first. Looking up costs about as much as recording through the SDK, recording into a
   * series a fraction of it: look up once per resource and status, not once per event.
   */
  series(attributes: Attributes): HistogramSeries;
}

/**
 * Declares a histogram. With a meter of {@link startMetrics} its series are ours (bound to their attributes, bounded in number, forgotten with
 * their resource by {@link forgetSeries}); with the meter of another SDK it records through that.
 */
export function createHistogram(meter: Meter, definition: HistogramDefinition): HistogramMetric {
  const registry = registryOf(meter);
  if (registry !== undefined) {
    return registry.family(definition.name, HistogramFamily, () => new HistogramFamily(definition));
  }
  const instrument = meter.createHistogram(definition.name, {
    description: definition.description,
    unit: definition.unit,
    advice: { explicitBucketBoundaries: [...definition.bucketBoundaries] },
  });
  return { series: (attributes) => ({ record: (value) => instrument.record(value, attributes) }) };
}

/** How long the greatest value is remembered at least. */
const maximumWindowMs = 60_000;

class BucketSeries implements HistogramSeries {
  readonly #boundaries: readonly number[];
  readonly #counts: number[];
  #count = 0;
  #sum = 0;
  #maximum = 0;
  #maximumBefore = 0;

  constructor(boundaries: readonly number[]) {
    this.#boundaries = boundaries;
    this.#counts = new Array<number>(boundaries.length + 1).fill(0);
  }

  record(value: number): void {
    if (Number.isNaN(value)) return;
    const boundaries = this.#boundaries;
    let bucket = 0;
    while (bucket < boundaries.length && value > (boundaries[bucket] ?? Infinity)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#sum += value;
    if (value > this.#maximum) this.#maximum = value;
  }

  snapshot(): { buckets: { boundaries: number[]; counts: number[] }; count: number; sum: number } {
    const buckets = { boundaries: [...this.#boundaries], counts: [...this.#counts] };
    return { buckets, count: this.#count, sum: this.#sum };
  }

  get maximum(): number {
    return Math.max(this.#maximum, this.#maximumBefore);
  }

  startMaximumWindow(): void {
    this.#maximumBefore = this.#maximum;
    this.#maximum = 0;
  }
}

class HistogramFamily implements SeriesFamily, HistogramMetric {
  readonly #definition: HistogramDefinition;
  readonly #series: SeriesMap<BucketSeries>;
  #startTime: HrTime | undefined;
  #windowStartedMs: number | undefined;

  constructor(definition: HistogramDefinition) {
    this.#definition = definition;
    this.#series = new SeriesMap(() => new BucketSeries(definition.bucketBoundaries));
  }

  series(attributes: Attributes): HistogramSeries {
    return this.#series.get(attributes);
  }

  forget(attributes: Attributes): void {
    this.#series.forget(attributes);
  }

  export(now: number): readonly MetricData[] {
    const { name, description, unit, withMaximum = false } = this.#definition;
    const endTime = toHrTime(now);
    const startTime = (this.#startTime ??= endTime);
    const series = [...this.#series.entries()];
    if (series.length === 0) return [];
    const histogram: MetricData = {
      descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: series.map(([attributes, one]) => ({ startTime, endTime, attributes, value: one.snapshot() })),
    };
    if (!withMaximum) return [histogram];
    this.#turnMaximumWindow(now);
    const maximum: MetricData = {
      // The unit stands before `max`, as in upstream's names.
      descriptor: {
        name: `${name}.${unit}.max`,
        description: `${description} Greatest value of late.`,
        unit: '',
        valueType: ValueType.DOUBLE,
      },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.GAUGE,
      dataPoints: series.map(([attributes, one]) => ({ startTime, endTime, attributes, value: one.maximum })),
    };
    return [histogram, maximum];
  }

  /** Windows turn when somebody looks, so that recording needs no clock. */
  #turnMaximumWindow(now: number): void {
    this.#windowStartedMs ??= now;
    if (now - this.#windowStartedMs < maximumWindowMs) return;
    this.#windowStartedMs = now;
    for (const [, series] of this.#series.entries()) series.startMaximumWindow();
  }
}
