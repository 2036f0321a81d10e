const leastMs = 50;
const firstMs = 200;
/** A controller that restarts is away for seconds: it is found again within about one. */
const soon = { mostMs: 2_000, untilMs: 60_000 };
/** One that stays away is asked for less often. */
const laterMostMs = 10_000;

/**
 * Milliseconds before the n-th attempt in a row (from 1) to connect. The range doubles up to a bound, which is 2 s while the
 * controller has been gone for less than a minute and 10 s from then on. A wait is drawn from the whole range, so that thousands
 * of processes that lost the same controller come back evenly over it.
 *
 * @param goneMs since when there is no controller
 * @param isRefused whether the controller was there, but its push or this process was refused: coming back soon costs it a snapshot or a review, and helps nobody
 */
export function reconnectMs(attempt: number, goneMs: number, isRefused: boolean, random: () => number): number {
  const mostMs = goneMs < soon.untilMs && !isRefused ? soon.mostMs : laterMostMs;
  const range = Math.min(mostMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return leastMs + random() * (range - leastMs);
}
