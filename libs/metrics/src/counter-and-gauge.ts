import { ValueType, type Attributes, type HrTime, type Meter } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type MetricData } from '@opentelemetry/sdk-metrics';
import { toHrTime } from './hr-time.ts';
import type { MetricDefinition } from './metric-definitions.ts';
import { SeriesMap } from './series-map.ts';
import { registryOf, type SeriesFamily } from './series-registry.ts';

/** One series of a counter. */
export interface CounterSeries {
  /** Adds 1, or as much as given; less than zero is ignored. */
  add(amount?: number): void;
}

/** A metric that only grows. */
export interface CounterMetric {
  /** The series with these attributes; keep it, as for a histogram. */
  series(attributes: Attributes): CounterSeries;
}

/** One series of a gauge. */
export interface GaugeSeries {
  /** Replaces the value. */
  set(value: number): void;
  /** Raises the value, or lowers it. */
  add(amount: number): void;
}

/** A metric that rises and falls. */
export interface GaugeMetric {
  /** The series with these attributes; keep it, as for a histogram. */
  series(attributes: Attributes): GaugeSeries;
}

/** Declares a counter; which meters it takes is told at {@link createHistogram}. */
export function createCounter(meter: Meter, definition: MetricDefinition): CounterMetric {
  const registry = registryOf(meter);
  if (registry !== undefined) {
    return registry.family(definition.name, CounterFamily, () => new CounterFamily(definition));
  }
  const instrument = meter.createCounter(definition.name, definition);
  return { series: (attributes) => ({ add: (amount = 1) => instrument.add(amount, attributes) }) };
}

/** Declares a gauge; which meters it takes is told at {@link createHistogram}. */
export function createGauge(meter: Meter, definition: MetricDefinition): GaugeMetric {
  const registry = registryOf(meter);
  if (registry !== undefined) {
    return registry.family(definition.name, GaugeFamily, () => new GaugeFamily(definition));
  }
  const instrument = meter.createGauge(definition.name, definition);
  const series = new SeriesMap(() => new NumberSeries());
  return {
    series: (attributes) => {
      const held = series.get(attributes);
      return {
        set: (value) => {
          held.set(value);
          instrument.record(held.value, attributes);
        },
        add: (amount) => {
          held.add(amount);
          instrument.record(held.value, attributes);
        },
      };
    },
  };
}

class NumberSeries implements GaugeSeries {
  value = 0;

  set(value: number): void {
    if (!Number.isNaN(value)) this.value = value;
  }

  add(amount: number): void {
    if (!Number.isNaN(amount)) this.value += amount;
  }
}

class GrowingSeries implements CounterSeries {
  value = 0;

  add(amount = 1): void {
    if (amount > 0) this.value += amount;
  }
}

abstract class NumberFamily<S extends { readonly value: number }> implements SeriesFamily {
  protected readonly held: SeriesMap<S>;
  readonly #definition: MetricDefinition;
  readonly #isMonotonic: boolean;
  #startTime: HrTime | undefined;

  constructor(definition: MetricDefinition, make: () => S, isMonotonic: boolean) {
    this.#definition = definition;
    this.held = new SeriesMap(make);
    this.#isMonotonic = isMonotonic;
  }

  forget(attributes: Attributes): void {
    this.held.forget(attributes);
  }

  export(now: number): readonly MetricData[] {
    const { name, description, unit } = this.#definition;
    const endTime = toHrTime(now);
    const startTime = (this.#startTime ??= endTime);
    const dataPoints = Array.from(this.held.entries(), ([attributes, { value }]) => ({
      startTime,
      endTime,
      attributes,
      value,
    }));
    if (dataPoints.length === 0) return [];
    const descriptor = { name, description, unit, valueType: ValueType.DOUBLE };
    const aggregationTemporality = AggregationTemporality.CUMULATIVE;
    return this.#isMonotonic
      ? [{ descriptor, aggregationTemporality, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }]
      : [{ descriptor, aggregationTemporality, dataPointType: DataPointType.GAUGE, dataPoints }];
  }
}

class CounterFamily extends NumberFamily<GrowingSeries> implements CounterMetric {
  constructor(definition: MetricDefinition) {
    super(definition, () => new GrowingSeries(), true);
  }

  series(attributes: Attributes): CounterSeries {
    return this.held.get(attributes);
  }
}

class GaugeFamily extends NumberFamily<NumberSeries> implements GaugeMetric {
  constructor(definition: MetricDefinition) {
    super(definition, () => new NumberSeries(), false);
  }

  series(attributes: Attributes): GaugeSeries {
    return this.held.get(attributes);
  }
}
