import { setTimeout } from 'node:timers/promises';

/** Resolves after `ms`, or at once when `signal` is aborted: a pending wait never holds back a shutdown. */
export async function delay(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Whether a signal is aborted by now, for code that looked before: the compiler takes the first answer for the last. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
