import { watch, type FSWatcher } from 'node:fs';

/** What a {@link FollowedFolder} looks at, and how often. */
export interface FollowedFolderOptions {
  /** Need not be there. */
  readonly directory: string;
  /** How often to look though nothing was heard of a change, in milliseconds. Default 60000. */
  readonly pollMs?: number | undefined;
  /** Looks. Never called twice at one time. */
  readonly look: () => Promise<void>;
  /** Told why a look failed; the first one rejects {@link FollowedFolder.start} in place of this. */
  readonly failed: (error: unknown) => void;
}

const defaultPollMs = 60_000;
/** Changes of several files are one, if they come within this, in milliseconds. */
const settleMs = 50;

/** A folder that is looked at when it changes: a mounted Secret or ConfigMap, whose files are links to what is swapped behind them. */
export class FollowedFolder implements AsyncDisposable {
  readonly #options: FollowedFolderOptions;
  #watcher: FSWatcher | undefined;
  #poll: NodeJS.Timeout | undefined;
  #settling: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: FollowedFolderOptions) {
    this.#options = options;
  }

  /** Looks, and goes on doing so. Rejects as the first look does. */
  async start(): Promise<void> {
    this.#follow();
    await this.#options.look();
    this.#poll = setInterval(() => this.#lookAgain(), this.#options.pollMs ?? defaultPollMs);
  }

  /** Looks no more; resolves when the look under way is over. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#watcher?.close();
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
    await this.#looking;
  }

  #follow(): void {
    if (this.#watcher !== undefined || this.#closed) return;
    try {
      this.#watcher = watch(this.#options.directory, { persistent: false }, () => {
        clearTimeout(this.#settling);
        this.#settling = setTimeout(() => this.#lookAgain(), settleMs);
      });
      // The folder went away; the poll finds the next one.
      this.#watcher.on('error', () => this.#unfollow());
    } catch {
      // There is none yet.
    }
  }

  #unfollow(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #lookAgain(): void {
    this.#follow();
    this.#looking = this.#looking.then(async () => {
      try {
        if (!this.#closed) await this.#options.look();
      } catch (error) {
        this.#options.failed(error);
      }
    });
  }
}
