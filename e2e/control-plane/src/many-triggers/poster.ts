import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Installation } from '../installation.ts';

/** Somebody who posts events all the time. */
export interface Poster {
  /** Ends it, and tells which events were accepted, and how many were not. */
  stop(): Promise<{ readonly accepted: readonly string[]; readonly failed: number }>;
}

/** Posts an event to a path of the ingress every `everyMs`, one after the other. */
export function startPoster(installation: Installation, path: string, type: string, everyMs: number): Poster {
  const end = new AbortController();
  const accepted: string[] = [];
  let failed = 0;
  const post = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const id = randomUUID();
      if ((await installation.post(path, { id, type })) === 202) accepted.push(id);
      else failed += 1;
      await delay(everyMs, undefined, { signal: end.signal }).catch(() => undefined);
    }
  };
  const posting = post();
  return {
    stop: async () => {
      end.abort();
      await posting;
      return { accepted, failed };
    },
  };
}
