import { setTimeout as delay } from 'node:timers/promises';

/** Something that is done over and over beside a test, such as posting events. */
export interface Meanwhile extends AsyncDisposable {
  /** How often it was done. */
  readonly count: number;
  /** Ends it after the turn that is under way. Rejects with what its first failure was. */
  stop(): Promise<void>;
}

/**
 * Does `work` again and again, one at a time with a short pause between, until it is stopped or fails.
 *
 * @param work is told which turn it is, from 1
 */
export function meanwhile(work: (turn: number) => Promise<void>): Meanwhile {
  const stopping = new AbortController();
  let count = 0;
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await work(count + 1);
      count += 1;
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const outcome = run().then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  return {
    get count() {
      return count;
    },
    stop: async () => {
      stopping.abort();
      const failure = await outcome;
      if (failure !== undefined) throw failure.error;
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await outcome;
    },
  };
}

/** Often enough that a gap is hit, seldom enough that a machine of two cores does other things too. */
const pauseMs = 50;
