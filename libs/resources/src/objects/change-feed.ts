import { keyText } from './resource-key.ts';
import type { ResourceKey } from './resource-key.ts';

/**
 * The `changes` of a {@link ResourceSource}: keeps what changed until it is read, once for each key. A source tells it of
 * changes; it knows nothing of objects.
 */
export class ChangeFeed {
  readonly #pending = new Map<string, ResourceKey>();
  #news = false;
  #ended = false;
  #wake: (() => void) | undefined;

  /** Objects that appeared, changed or went away; none when only the problems changed. */
  changed(keys: Iterable<ResourceKey>): void {
    for (const key of keys) this.#pending.set(keyText(key), key);
    this.#news = true;
    this.#wake?.();
  }

  /** Nothing more will come: ends the reading. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  /** Turns of changes, as in {@link ResourceSource.changes}; `present` are the keys of the first turn. */
  async *read(
    present: Iterable<ResourceKey>,
    signal: AbortSignal,
  ): AsyncGenerator<readonly ResourceKey[], void, undefined> {
    this.changed(present);
    const wake = (): void => this.#wake?.();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted && !this.#ended) {
        if (this.#news) {
          const keys = [...this.#pending.values()];
          this.#pending.clear();
          this.#news = false;
          yield keys;
        } else {
          await new Promise<void>((resolve) => (this.#wake = resolve));
          this.#wake = undefined;
        }
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }
}
