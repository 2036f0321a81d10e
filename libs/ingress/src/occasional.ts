/**
 * Lets a message through once in a while for each key and counts the rest: a broken sender or a Kafka that is away must not
 * turn into a log line for each request (F-32). Keys are few: a route and a reason.
 */
export class Occasional {
  readonly #everyMs: number;
  readonly #now: () => number;
  readonly #seen = new Map<string, { until: number; held: number }>();

  constructor(everyMs: number, now: () => number) {
    this.#everyMs = everyMs;
    this.#now = now;
  }

  /** How many were held back since the last one let through; undefined: hold this one back too. */
  pass(key: string): number | undefined {
    const now = this.#now();
    const seen = this.#seen.get(key);
    if (seen !== undefined && now < seen.until) {
      seen.held += 1;
      return undefined;
    }
    // Keys of resources long gone must not add up.
    if (this.#seen.size > 10_000) this.#seen.clear();
    this.#seen.set(key, { until: now + this.#everyMs, held: 0 });
    return seen?.held ?? 0;
  }
}
