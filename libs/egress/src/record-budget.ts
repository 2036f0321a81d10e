/** Something that holds records which could be read again from Kafka. */
export interface RecordHolder {
  /** Bytes it holds at this moment. */
  readonly heldBytes: number;
  /** Gives up its oldest records, at least one; whoever still wants them reads them again later. */
  evict(): void;
}

/**
 * The bytes of records that a process holds, counted once a record however many egresses look at it.
 *
 * Reading more asks {@link makeRoom} first. When the budget is used up, the largest holder gives up its oldest records until all
 * holders together have no more than half of the limit. The other half belongs to deliveries, see {@link inFlightShare}. What
 * they have beyond it, one record for each egress at most, never keeps anybody from reading: a retry may take hours.
 */
export class RecordBudget {
  readonly limitBytes: number;
  readonly #holders = new Set<RecordHolder>();
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** Bytes held at this moment. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Counts a record in; its last holder counts it out with {@link returned}. */
  taken(bytes: number): void {
    this.#usedBytes += bytes;
  }

  /** Counts a record out. */
  returned(bytes: number): void {
    this.#usedBytes -= bytes;
  }

  /** A holder that can be asked to give up records. */
  join(holder: RecordHolder): void {
    this.#holders.add(holder);
  }

  /** The holder is gone. */
  leave(holder: RecordHolder): void {
    this.#holders.delete(holder);
  }

  /** Bytes that one window may hold ahead of all its egresses: at most `mostBytes`, and all windows together a quarter of the limit. */
  leadShare(mostBytes: number): number {
    return Math.min(mostBytes, this.limitBytes / 4 / Math.max(1, this.#holders.size));
  }

  /** Bytes one of `egresses` may have in delivery, beside the one record each may always have: together half of the limit. */
  inFlightShare(egresses: number): number {
    return this.limitBytes / 2 / Math.max(1, egresses);
  }

  /**
   * Whether more may be read now. Reading for an egress that waits for records (`hungry`) always may, after the largest holders
   * gave up what they must; reading ahead takes nothing from others, and waits while there is no room.
   */
  makeRoom(hungry: boolean): boolean {
    while (this.#usedBytes >= this.limitBytes) {
      let largest: RecordHolder | undefined;
      let heldBytes = 0;
      for (const holder of this.#holders) {
        heldBytes += holder.heldBytes;
        if (holder.heldBytes > (largest?.heldBytes ?? 0)) largest = holder;
      }
      if (largest === undefined || heldBytes < this.limitBytes / 2) return true;
      if (!hungry) return false;
      largest.evict();
    }
    return true;
  }
}
