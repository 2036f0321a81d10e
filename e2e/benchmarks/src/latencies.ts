/** Counts latencies in buckets of 1/64 of a power of two, so that a percentile is right within 1.6 % and memory stays flat. */
export class Latencies {
  readonly #buckets = new Uint32Array(64 * 32);
  #count = 0;

  /** Adds one latency in milliseconds. */
  add(milliseconds: number): void {
    const micros = Math.max(1, milliseconds * 1_000);
    const index = Math.min(this.#buckets.length - 1, Math.floor(Math.log2(micros) * 64));
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** The latency in milliseconds that a share (0 to 1) of all was not above; 0 of none. */
  percentile(share: number): number {
    let left = Math.ceil(this.#count * share);
    for (const [index, count] of this.#buckets.entries()) {
      left -= count;
      if (left <= 0) return 2 ** ((index + 0.5) / 64) / 1_000;
    }
    return 0;
  }
}
