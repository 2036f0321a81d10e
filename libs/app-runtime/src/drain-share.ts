/**
 * How much of the drain time the work under way may take, in milliseconds: all but `closingMs`, which is kept for what comes after it (commits, closing
 * connections), and half where that would leave less.
 */
export function drainShareMs(drainTimeoutMs: number, closingMs = 3_000): number {
  return Math.floor(Math.max(drainTimeoutMs - closingMs, drainTimeoutMs / 2));
}
