/** Work on the same key one after the other, in the order in which it was asked for; on different keys at once. */
export class KeyedLock {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does `work` when everything that was asked for this key before has ended, however it did. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const turn = before.then(work, work);
    const settled = turn.catch(() => undefined);
    this.#last.set(key, settled);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    }
  }
}
