/** One egress in one partition, as far as the watch looks. */
export interface Watched {
  /** Whether there are records it has not finished, in Kafka or here. */
  readonly isBehind: boolean;
  /** Changes with every step forward: a record read, passed over, taken or finished. */
  readonly step: number;
  /**
   * Milliseconds that no step need be made although all is well: while deliveries are under way, as long as one request and the pause
   * before the next may take, so that a subscriber that hangs is not taken for a process that does.
   */
  readonly allowanceMs: number;
}

/** Finds those that have records to work on and make no step forward. The time comes from whoever looks, some times a minute. */
export class StallWatch<Key extends object> {
  readonly #stallAfterMs: number;
  readonly #steps = new WeakMap<Key, { readonly step: number; readonly sinceMs: number }>();

  /** `stallAfterMs`: how long no step may be made, beside the allowance. */
  constructor(stallAfterMs: number) {
    this.#stallAfterMs = stallAfterMs;
  }

  /** Looks at one; whether it stalls. */
  look(key: Key, { isBehind, step, allowanceMs }: Watched, nowMs: number): boolean {
    const known = this.#steps.get(key);
    if (!isBehind || known?.step !== step) {
      this.#steps.set(key, { step, sinceMs: nowMs });
      return false;
    }
    return nowMs - known.sinceMs > this.#stallAfterMs + allowanceMs;
  }
}
