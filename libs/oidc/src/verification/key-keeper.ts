import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@eventing-kafka/logging';
import { messageOf } from '../oidc-error.ts';
import type { IssuerKeys } from './issuer-documents.ts';

/** How keys are kept fresh, in milliseconds. */
export interface KeyTimes {
  /** Between two loads that worked. */
  readonly refreshMs: number;
  /** For one load, both documents together. */
  readonly loadTimeoutMs: number;
  /** Between two loads asked for by tokens of unknown keys: anybody can make such tokens. */
  readonly unknownKeyMs: number;
  /** Before the first repetition of a load that failed; doubled each time, up to `longestRetryMs`. */
  readonly firstRetryMs: number;
  readonly longestRetryMs: number;
}

/** The times of the specification (security.md 3.5). */
export const defaultKeyTimes: KeyTimes = Object.freeze({
  refreshMs: 300_000,
  loadTimeoutMs: 5_000,
  unknownKeyMs: 30_000,
  firstRetryMs: 500,
  longestRetryMs: 30_000,
});

/** What {@link KeyKeeper} works with. */
export interface KeyKeeperOptions {
  readonly load: (signal: AbortSignal) => Promise<IssuerKeys>;
  readonly times: KeyTimes;
  readonly logger: Logger;
  /** Milliseconds of a clock that is never set back. */
  readonly now: () => number;
  /** The keys are others than before. */
  readonly onChange: () => void;
}

/**
 * Keeps the keys of an issuer: loads them, loads them again in the background, and keeps the last good ones whatever happens. A load that
 * fails is repeated for ever.
 */
export class KeyKeeper implements AsyncDisposable {
  readonly #options: KeyKeeperOptions;
  #keys: IssuerKeys | undefined;
  #loading: Promise<void> | undefined;
  #askedAt = -Infinity;
  #failure = '';
  #keeping: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;

  constructor(options: KeyKeeperOptions) {
    this.#options = options;
  }

  /** The last good ones; undefined: none were ever loaded. */
  get keys(): IssuerKeys | undefined {
    return this.#keys;
  }

  /** Begins to load and refresh; once is enough. */
  start(): void {
    if (this.#keeping !== undefined) return;
    const stop = new AbortController();
    this.#keeping = { stop, done: this.#keep(stop.signal) };
  }

  /** Loads no more; what was loaded stays. */
  async stop(): Promise<void> {
    const keeping = this.#keeping;
    this.#keeping = undefined;
    // Who starts again must not take a load that was broken off for one that worked.
    this.#loading = undefined;
    keeping?.stop.abort();
    await keeping?.done;
  }

  /**
   * A token names a key that is not there: asks once, if nobody did within `unknownKeyMs`, or waits for who is asking. Says whether anybody
   * asked. Never rejects.
   */
  async lookAgain(): Promise<boolean> {
    const { now, times } = this.#options;
    if (this.#keeping === undefined) return false;
    if (this.#loading === undefined) {
      if (now() - this.#askedAt < times.unknownKeyMs) return false;
      this.#askedAt = now();
    }
    await this.#load(this.#keeping.stop.signal);
    return true;
  }

  /** The issuer is another one: what was loaded vouches for nothing any more, and what is under way will not either. */
  forget(): void {
    const wasKeeping = this.#keeping !== undefined;
    void this.stop();
    this.#keys = undefined;
    this.#askedAt = -Infinity;
    this.#failure = '';
    this.#options.onChange();
    if (wasKeeping) this.start();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #keep(signal: AbortSignal): Promise<void> {
    const { times } = this.#options;
    let retryMs = times.firstRetryMs;
    while (!signal.aborted) {
      await this.#load(signal);
      const failed = this.#failure !== '';
      // Processes that start together must not ask together.
      const waitMs = failed ? retryMs * (0.5 + Math.random() / 2) : times.refreshMs;
      retryMs = failed ? Math.min(retryMs * 2, times.longestRetryMs) : times.firstRetryMs;
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** One load at a time, whoever asks. */
  #load(signal: AbortSignal): Promise<void> {
    if (this.#loading !== undefined) return this.#loading;
    const loading = this.#loadNow(signal).finally(() => {
      if (this.#loading === loading) this.#loading = undefined;
    });
    this.#loading = loading;
    return loading;
  }

  async #loadNow(stopped: AbortSignal): Promise<void> {
    const { load, times, logger, onChange } = this.#options;
    const late = AbortSignal.timeout(times.loadTimeoutMs);
    try {
      const keys = await load(AbortSignal.any([stopped, late]));
      if (stopped.aborted) return;
      const isOther = keys.source !== this.#keys?.source || keys.issuer !== this.#keys.issuer;
      this.#keys = isOther ? keys : this.#keys;
      if (isOther) {
        logger.info('keys of the token issuer loaded', { issuer: keys.issuer, count: keys.count });
        onChange();
      }
      this.#failure = '';
    } catch (error) {
      if (stopped.aborted) return;
      const failure = late.aborted ? `no answer within ${times.loadTimeoutMs} ms` : messageOf(error);
      if (failure !== this.#failure)
        logger.warn('keys of the token issuer not loaded; tried again for ever', {
          reason: failure,
          error,
          hasEarlierKeys: this.#keys !== undefined,
        });
      this.#failure = failure;
    }
  }
}
