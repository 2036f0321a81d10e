/** How many places of a log are remembered at most. */
const capacity = 256;
/** The newest ones, which are kept when room is made: most egresses are there. */
const kept = 64;

/**
 * When records of a partition were written, known at some offsets and estimated between them: enough to say by how much time an egress is
 * behind, without looking at every record. Two records of each batch are remembered, and where an egress is far behind, fewer.
 */
export class RecordTimes {
  /** Ascending by offset. */
  #known: { readonly offset: number; readonly timestampMs: number }[] = [];

  /** A record was read that was written at `timestampMs`; a negative time is none. */
  observe(offset: number, timestampMs: number): void {
    if (timestampMs < 0) return;
    const index = this.#indexAfter(offset);
    if (this.#known[index - 1]?.offset === offset) return;
    this.#known.splice(index, 0, { offset, timestampMs });
    if (this.#known.length > capacity) this.#makeRoom();
  }

  /** About when the record at `offset` was written, in milliseconds since 1970; undefined if nothing near it was read. */
  at(offset: number): number | undefined {
    const index = this.#indexAfter(offset);
    const before = this.#known[index - 1];
    if (before?.offset === offset) return before.timestampMs;
    const after = this.#known[index];
    if (before === undefined || after === undefined) return undefined;
    const share = (offset - before.offset) / (after.offset - before.offset);
    return before.timestampMs + share * (after.timestampMs - before.timestampMs);
  }

  #indexAfter(offset: number): number {
    let low = 0;
    let high = this.#known.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#known[middle]?.offset ?? Infinity) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #makeRoom(): void {
    const newest = this.#known.length - kept;
    this.#known = this.#known.filter((_, index) => index >= newest || index % 2 === 0);
  }
}
