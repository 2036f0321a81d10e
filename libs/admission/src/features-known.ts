import { setTimeout as delay } from 'node:timers/promises';
import type { AdmissionContext } from './admission-request.ts';
import { validatedConfigMaps } from './validate-config-map.ts';

/** Less than the 2 s that the API server waits for an answer. */
const patienceMs = 1_500;
const lookAgainMs = 10;

/**
 * Whether the ConfigMaps that decisions depend on are known. They are looked up when they are asked for first, and what is not known yet
 * must not count as absent: a Broker would get the wrong class for good. Waits for them, but not for long.
 */
export async function featuresKnown(context: AdmissionContext, signal: AbortSignal): Promise<boolean> {
  const { configMap, isPending = () => false } = context;
  const isKnown = (name: string): boolean => {
    configMap(name);
    return !isPending(name);
  };
  const deadline = performance.now() + patienceMs;
  while (!validatedConfigMaps.map(isKnown).every(Boolean)) {
    if (performance.now() >= deadline || signal.aborted) return false;
    await delay(lookAgainMs, undefined, { signal }).catch(() => undefined);
  }
  return true;
}
