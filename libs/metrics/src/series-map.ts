import type { Attributes } from '@opentelemetry/api';

/** How many series one metric may have: what is beyond shares one series, so that senders cannot fill the memory (security X12). */
export const seriesLimit = 2000;

/** The attribute of the series that holds what is beyond the limit; the SDK uses the same. */
const overflowAttributes: Attributes = Object.freeze({ 'otel.metric.overflow': true });

/** The series of one metric by their attributes. */
export class SeriesMap<S> {
  readonly #make: () => S;
  readonly #limit: number;
  readonly #series = new Map<string, readonly [attributes: Attributes, series: S]>();

  constructor(make: () => S, limit = seriesLimit) {
    this.#make = make;
    this.#limit = limit;
  }

  /** The series with these attributes, whatever their order; the overflow series when there are too many. */
  get(attributes: Attributes): S {
    const key = keyOf(attributes);
    const existing = this.#series.get(key);
    if (existing !== undefined) return existing[1];
    if (this.#series.size >= this.#limit) return this.#getOrAdd(keyOf(overflowAttributes), overflowAttributes);
    return this.#getOrAdd(key, Object.freeze({ ...attributes }));
  }

  /** Drops the series that carry all of these attributes. */
  forget(attributes: Attributes): void {
    const wanted = Object.entries(attributes);
    if (wanted.length === 0) return;
    for (const [key, [carried]] of this.#series) {
      if (wanted.every(([name, value]) => carried[name] === value)) this.#series.delete(key);
    }
  }

  entries(): Iterable<readonly [attributes: Attributes, series: S]> {
    return this.#series.values();
  }

  #getOrAdd(key: string, attributes: Attributes): S {
    const existing = this.#series.get(key);
    if (existing !== undefined) return existing[1];
    const series = this.#make();
    this.#series.set(key, [attributes, series]);
    return series;
  }
}

function keyOf(attributes: Attributes): string {
  const names = Object.keys(attributes).sort();
  return JSON.stringify(names.map((name) => [name, attributes[name]]));
}
