import type { Attributes, Meter } from '@opentelemetry/api';
import type { MetricData, ScopeMetrics } from '@opentelemetry/sdk-metrics';

/** A metric with all its series, ready to be exported. */
export interface SeriesFamily {
  /** As it stands now, in the form the SDK's readers take. */
  export(now: number): readonly MetricData[];
  /** Drops the series that carry all of these attributes. */
  forget(attributes: Attributes): void;
}

/**
 * Holds the series of a process and gives them to the exporter, beside the instruments of the SDK. Those sort and serialise the attributes at every
 * call and can never let go of a series; the series here are looked up once and vanish with their resource.
 */
export class SeriesRegistry {
  readonly #families = new Map<string, SeriesFamily>();

  /** The family of this name, made when it is asked for first: two parts of a process may declare the same metric. */
  family<F extends SeriesFamily>(name: string, kind: abstract new (...args: never[]) => F, make: () => F): F {
    const existing = this.#families.get(name);
    if (existing === undefined) {
      const family = make();
      this.#families.set(name, family);
      return family;
    }
    if (existing instanceof kind) return existing;
    throw new TypeError(`The metric ${name} is declared as two kinds of metric; rename one.`);
  }

  /** Drops the series of all metrics that carry all of these attributes. */
  forget(attributes: Attributes): void {
    for (const family of this.#families.values()) family.forget(attributes);
  }

  /** Everything there is to export. */
  export(scopeName: string, now: number): ScopeMetrics[] {
    const metrics = [...this.#families.values()].flatMap((family) => [...family.export(now)]);
    return metrics.length === 0 ? [] : [{ scope: { name: scopeName }, metrics }];
  }
}

/** A meter of ours carries its registry, so that libraries need to be given a meter and nothing else. */
const registryKey = Symbol.for('@eventing-kafka/metrics/series-registry');

/** A meter that does all the given one does, and from which series can be made. */
export function meterWithRegistry(meter: Meter, registry: SeriesRegistry): Meter {
  return Object.create(meter, { [registryKey]: { value: registry } }) as Meter;
}

/** The registry of a meter; undefined for the meter of another SDK. */
export function registryOf(meter: Meter): SeriesRegistry | undefined {
  return Reflect.get(meter, registryKey) as SeriesRegistry | undefined;
}
