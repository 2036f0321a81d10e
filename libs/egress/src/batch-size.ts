/**
 * How many records to ask for, so that a batch comes to about the wanted bytes: a feed counts records, memory is counted in
 * bytes. It starts small, grows by doubling at most, and shrinks at once when records turn out to be large.
 */
export class BatchSize {
  readonly #maxRecords: number;
  readonly #targetBytes: () => number;
  #records: number;

  constructor(maxRecords: number, targetBytes: () => number) {
    this.#maxRecords = maxRecords;
    this.#targetBytes = targetBytes;
    this.#records = Math.min(32, maxRecords);
  }

  /** Records to ask for next. */
  get records(): number {
    return this.#records;
  }

  /** Learns from a batch that came. */
  observed(records: number, bytes: number): void {
    if (records === 0) return;
    const fitting = Math.max(1, Math.floor((this.#targetBytes() * records) / Math.max(1, bytes)));
    this.#records = Math.min(fitting, this.#records * 2, this.#maxRecords);
  }
}
