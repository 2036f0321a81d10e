/** Lets one loop wait until somebody has something for it. Calls in between are kept; any number of them wake it once. */
export class Wakeup {
  #pending = false;
  #resume: ((woken: boolean) => void) | undefined;

  /** Something may have changed. */
  wake(): void {
    if (this.#resume === undefined) this.#pending = true;
    else this.#resume(true);
  }

  /** Waits for {@link wake}, at most `timeoutMs` and not once `signal` is aborted; whether it was woken. */
  async wait(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    // What woke us comes in bursts: let the rest of it happen first.
    const woken = this.#pending || (await this.#next(timeoutMs, signal));
    if (woken) await new Promise((resolve) => setImmediate(resolve));
    this.#pending = false;
    return woken;
  }

  #next(timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (woken: boolean): void => {
        this.#resume = undefined;
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        resolve(woken);
      };
      const aborted = (): void => settle(false);
      const timer = setTimeout(() => settle(false), timeoutMs);
      signal.addEventListener('abort', aborted);
      this.#resume = settle;
    });
  }
}
