const firstMs = 200;
const longestMs = 5000;

/**
 * How long a container that ended waits before it is started again: not at all the first time, then 200 ms, 400 ms, … 5 s. A kubelet goes from 10 s to
 * 5 min, which tests have no time for.
 *
 * @param restarts in a row, of runs shorter than 10 s
 */
export function restartDelayMs(restarts: number): number {
  return restarts === 0 ? 0 : Math.min(longestMs, firstMs * 2 ** (restarts - 1));
}

/** A run of at least this long starts the row of restarts anew. */
export const goodRunMs = 10_000;
