import type { ProcessSession } from './process-session.ts';

/**
 * Processes that took nothing of this controller, refused its push as a whole and left. They try again, each time on a new
 * stream; in between they are remembered here, so that what they said is not forgotten every time they are gone for a moment.
 */
export class DepartedRefusers implements Disposable {
  readonly #departed = new Map<string, { readonly session: ProcessSession; readonly timer: NodeJS.Timeout }>();
  readonly #options: { readonly rememberMs: number; readonly forgotten: () => void };

  /** @param options `rememberMs`: how long; `forgotten`: called when the time of one is over */
  constructor(options: { readonly rememberMs: number; readonly forgotten: () => void }) {
    this.#options = options;
  }

  /** Remembers a process whose stream is over, if it is such a one. */
  add(key: string, session: ProcessSession): void {
    if (session.refusedPush === undefined || session.acknowledged !== undefined) return;
    const forget = (): void => {
      this.#departed.delete(key);
      this.#options.forgotten();
    };
    this.take(key);
    this.#departed.set(key, { session, timer: setTimeout(forget, this.#options.rememberMs).unref() });
  }

  /** Gives up and answers the one of this key: it is back. */
  take(key: string): ProcessSession | undefined {
    const departed = this.#departed.get(key);
    if (departed === undefined) return undefined;
    clearTimeout(departed.timer);
    this.#departed.delete(key);
    return departed.session;
  }

  *sessions(): Iterable<ProcessSession> {
    for (const { session } of this.#departed.values()) yield session;
  }

  [Symbol.dispose](): void {
    for (const key of [...this.#departed.keys()]) this.take(key);
  }
}
