import { setTimeout as delay } from 'node:timers/promises';

/** Waits. False: the signal came first, and it is over. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return delay(ms, true, { signal }).catch(() => false);
}
