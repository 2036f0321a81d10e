/** What came of working on a key. */
export type WorkResult =
  /** Nothing more to do until something changes. */
  | { readonly kind: 'done' }
  /** Look again after a while, whatever came before. */
  | { readonly kind: 'again'; readonly afterMs: number }
  /** It could not be done; try again, later each time. */
  | { readonly kind: 'retry' };

/** How a queue works. */
export interface WorkQueueOptions<K> {
  /** Keys of the same text are the same. */
  readonly text: (key: K) => string;
  readonly work: (key: K, signal: AbortSignal) => Promise<WorkResult>;
  /** An error that `work` threw; the key is tried again as after `retry`. */
  readonly failed: (key: K, error: unknown) => void;
  /** Keys worked on at once, at least 1. */
  readonly concurrency: number;
  /** Pause before the first retry, doubled for each one after it up to `maxDelayMs`. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** From 0 to below 1: takes up to a fifth off each pause, so that many keys do not come back together. */
  readonly random: () => number;
}

/**
 * Keys to be looked at. A key that is asked for several times before its turn comes is looked at once; a key is never looked
 * at twice at the same time; one that is asked for meanwhile has another turn afterwards. A key that keeps failing waits
 * longer each time and holds back no other.
 */
export class WorkQueue<K> implements AsyncDisposable {
  readonly #options: WorkQueueOptions<K>;
  readonly #ready = new Map<string, K>();
  /** Before those. */
  readonly #first = new Map<string, K>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, { readonly timer: NodeJS.Timeout; readonly dueMs: number }>();
  readonly #failures = new Map<string, number>();
  readonly #abort = new AbortController();

  constructor(options: WorkQueueOptions<K>) {
    this.#options = options;
  }

  /** Keys that are waited for, worked on, or waiting for their next try. */
  get size(): number {
    return new Set([...this.#first.keys(), ...this.#ready.keys(), ...this.#running.keys(), ...this.#timers.keys()])
      .size;
  }

  /** Looks at the key as soon as there is room, also if it was waiting for a retry. */
  add(key: K): void {
    if (this.#abort.signal.aborted) return;
    const text = this.#options.text(key);
    this.#clearTimer(text);
    if (this.#running.has(text)) {
      this.#again.add(text);
      return;
    }
    if (!this.#first.has(text)) this.#ready.set(text, key);
    this.#start();
  }

  /** As {@link add}, before all that were added: for a key that was begun, so that thousands of others are not begun before it is through. */
  addFirst(key: K): void {
    const text = this.#options.text(key);
    if (!this.#abort.signal.aborted && !this.#running.has(text)) {
      this.#ready.delete(text);
      this.#first.set(text, key);
    }
    this.add(key);
  }

  /** Looks at the key within some milliseconds: what asks for it meanwhile asks for one look at it. */
  addWithin(key: K, delayMs: number): void {
    if (this.#abort.signal.aborted) return;
    const text = this.#options.text(key);
    if (this.#ready.has(text) || this.#first.has(text)) return;
    if (this.#running.has(text)) {
      this.#again.add(text);
      return;
    }
    const waiting = this.#timers.get(text);
    if (waiting !== undefined && waiting.dueMs <= performance.now() + delayMs) return;
    this.#clearTimer(text);
    this.#wait(text, key, delayMs);
  }

  /** Begins nothing more, and waits for what is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#ready.clear();
    this.#first.clear();
    for (const text of [...this.#timers.keys()]) this.#clearTimer(text);
    await Promise.all(this.#running.values());
  }

  #start(): void {
    for (const queue of [this.#first, this.#ready]) {
      for (const [text, key] of queue) {
        if (this.#running.size >= this.#options.concurrency) return;
        queue.delete(text);
        this.#running.set(text, this.#run(text, key));
      }
    }
  }

  async #run(text: string, key: K): Promise<void> {
    // One turn of the loop: what asks for a key in the same breath asks for one look at it.
    await Promise.resolve();
    this.#again.delete(text);
    let result: WorkResult;
    try {
      result = await this.#options.work(key, this.#abort.signal);
    } catch (error) {
      this.#options.failed(key, error);
      result = { kind: 'retry' };
    }
    this.#running.delete(text);
    this.#follow(text, key, result);
    this.#start();
  }

  #follow(text: string, key: K, result: WorkResult): void {
    if (this.#abort.signal.aborted) return;
    const failures = result.kind === 'retry' ? (this.#failures.get(text) ?? 0) + 1 : 0;
    if (failures === 0) this.#failures.delete(text);
    else this.#failures.set(text, failures);
    if (this.#again.delete(text)) this.#ready.set(text, key);
    else if (result.kind === 'again') this.#wait(text, key, result.afterMs);
    else if (result.kind === 'retry') this.#wait(text, key, this.#pauseMs(failures));
  }

  #pauseMs(failures: number): number {
    const { minDelayMs, maxDelayMs, random } = this.#options;
    const full = Math.min(minDelayMs * 2 ** Math.min(failures - 1, 30), maxDelayMs);
    return full * (1 - random() / 5);
  }

  #wait(text: string, key: K, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(text);
      this.add(key);
    }, delayMs);
    this.#timers.set(text, { timer, dueMs: performance.now() + delayMs });
  }

  #clearTimer(text: string): void {
    clearTimeout(this.#timers.get(text)?.timer);
    this.#timers.delete(text);
  }
}
