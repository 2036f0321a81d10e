import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `condition` is true, at most 20 s; the message says what was waited for, and what there was. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  found: () => unknown = () => '',
): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}; found ${JSON.stringify(found())}`);
    await sleep(5);
  }
}
