import { setTimeout } from 'node:timers/promises';

/** Resolves after `ms`, or at once when `signal` is aborted: a pending wait never holds back a shutdown. */
export async function delay(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
