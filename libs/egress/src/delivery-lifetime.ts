/**
 * How long the deliveries of a partition may go on. Ending it lets requests under way finish but wakes deliveries that sleep
 * before a retry, so that they give up unfinished and are delivered again by whoever owns the partition next.
 */
export class DeliveryLifetime {
  readonly #sleepers = new Set<() => void>();
  readonly #requests = new AbortController();
  #ended = false;

  /** Whether nothing new may begin. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Aborted when even requests under way are to be given up. */
  get signal(): AbortSignal {
    return this.#requests.signal;
  }

  /** Waits `delayMs`; false when the lifetime ended meanwhile or before. */
  sleep(delayMs: number): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false);
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        awake();
        resolve(!this.#ended);
      };
      const timer = setTimeout(wake, delayMs);
      const awake = this.onEnd(wake);
    });
  }

  /** Calls `wake` when the lifetime ends, unless what is returned was called before. */
  onEnd(wake: () => void): () => void {
    this.#sleepers.add(wake);
    return () => this.#sleepers.delete(wake);
  }

  /** Begins nothing new and wakes the sleepers. */
  end(): void {
    this.#ended = true;
    for (const wake of [...this.#sleepers]) wake();
  }

  /** Gives up requests under way too. */
  abort(): void {
    this.end();
    this.#requests.abort();
  }
}
