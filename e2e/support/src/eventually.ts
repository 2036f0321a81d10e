import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits until `probe` gives something other than `undefined` or `false`, looking again every 20 ms.
 *
 * @param what what is waited for, for the message of the error
 * @param probe looks at the world; an error it throws counts as "not yet" and is the cause of the final one
 * @param deadlineMs how long to wait, 30 s unless told
 * @returns what `probe` gave
 * @throws Error naming `what` when the deadline passes
 */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  deadlineMs = 30_000,
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + deadlineMs;
  let lastError: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() > deadline) throw new Error(`Waited ${deadlineMs} ms in vain: ${what}`, { cause: lastError });
    await delay(20);
  }
}
