import { setTimeout } from 'node:timers/promises';

/** Resolves after `delayMs`, or at once when `signal` aborts: a pending back-off must not hold a shutdown. */
export async function sleep(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await setTimeout(delayMs, undefined, { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
