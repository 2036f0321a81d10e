import { statSync, watch, type FSWatcher } from 'node:fs';
import { dirname } from 'node:path';

/** What a {@link FileWatch} works with; times in milliseconds. */
export interface FileWatchOptions {
  readonly path: string;
  /** How long nothing must have moved before it is told. */
  readonly debounceMs: number;
  /** How often it is told that time has passed, whatever the file system said. */
  readonly pollMs: number;
  /** `moved`: something happened around the file; `tick`: time has passed. */
  readonly look: (why: 'moved' | 'tick') => void;
  /** Called when the folder cannot be watched; ticks go on. */
  readonly failed: (error: unknown) => void;
}

/** However often something moves, it is told after this. */
const longestDebounceMs = 500;

/**
 * Notices of changes of one file. Watched is its folder, because whoever replaces a file by renaming, or swaps the link above it as
 * Kubernetes does with a ConfigMap, changes the folder. Ticks find what no notice tells of: links that lead elsewhere, network drives.
 */
export class FileWatch implements Disposable {
  readonly #options: FileWatchOptions;
  readonly #folder: string;
  readonly #ticking: NodeJS.Timeout;
  #watcher: FSWatcher | undefined;
  #watched: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #movedAtMs: number | undefined;

  constructor(options: FileWatchOptions) {
    this.#options = options;
    this.#folder = dirname(options.path);
    this.#follow();
    this.#ticking = setInterval(() => {
      this.#follow();
      options.look('tick');
    }, options.pollMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#ticking);
    clearTimeout(this.#timer);
    this.#watcher?.close();
  }

  /** Watches the folder that is there now: one that was removed and made again is another. */
  #follow(): void {
    const identity = identityOf(this.#folder);
    if (identity === this.#watched) return;
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = identity;
    if (identity === undefined) return;
    try {
      this.#watcher = watch(this.#folder, { persistent: false }, () => this.#moved());
      this.#watcher.on('error', this.#options.failed);
    } catch (error) {
      this.#options.failed(error);
    }
  }

  #moved(): void {
    const now = performance.now();
    this.#movedAtMs ??= now;
    clearTimeout(this.#timer);
    const waitMs = Math.min(this.#options.debounceMs, this.#movedAtMs + longestDebounceMs - now);
    this.#timer = setTimeout(
      () => {
        this.#movedAtMs = undefined;
        this.#options.look('moved');
      },
      Math.max(0, waitMs),
    );
  }
}

function identityOf(folder: string): string | undefined {
  const stat = statSync(folder, { throwIfNoEntry: false, bigint: true });
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
}
