/** So many things at a time; who comes later waits for his turn. */
export class Slots {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(concurrent: number) {
    this.#free = concurrent;
  }

  /**
   * Runs `work` when it is its turn.
   *
   * @param queue ends the wait for a turn: then rejects with its reason, and `work` is not run
   */
  async run<T>(queue: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#take(queue);
    try {
      return await work();
    } finally {
      this.#give();
    }
  }

  async #take(queue: AbortSignal): Promise<void> {
    queue.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const turn = (): void => resolve(undefined);
    const giveUp = (): void => {
      this.#waiting.delete(turn);
      reject(queue.reason instanceof Error ? queue.reason : new Error('aborted'));
    };
    this.#waiting.add(turn);
    queue.addEventListener('abort', giveUp, { once: true });
    await promise.finally(() => queue.removeEventListener('abort', giveUp));
  }

  /** The turn goes to who waits longest, without becoming free in between. */
  #give(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
