/**
 * Milliseconds before the n-th attempt in a row (from 1): doubling from `firstMs` to `mostMs`, of which jitter takes up to half
 * away so that processes that failed together do not try again together.
 */
export function backoffMs(
  attempt: number,
  bounds: { readonly firstMs: number; readonly mostMs: number },
  random: () => number,
): number {
  const full = Math.min(bounds.mostMs, bounds.firstMs * 2 ** Math.min(attempt - 1, 30));
  return full * (1 - random() / 2);
}
