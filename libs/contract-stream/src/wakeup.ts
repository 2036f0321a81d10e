/** A note that there is something to do, for one waiter. Notes that come while it is busy make one. */
export class Wakeup {
  #noted = false;
  #resume: (() => void) | undefined;

  notify(): void {
    this.#noted = true;
    this.#resume?.();
  }

  /** Resolves when there was a note since the last wait, or when `signal` is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    if (!this.#noted && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const resume = (): void => resolve(undefined);
      this.#resume = resume;
      signal.addEventListener('abort', resume, { once: true });
      await promise;
      signal.removeEventListener('abort', resume);
      this.#resume = undefined;
    }
    this.#noted = false;
  }
}
