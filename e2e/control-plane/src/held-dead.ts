import { type Installation, systemNamespace } from './installation.ts';
import { type Meanwhile, meanwhile } from './meanwhile.ts';

/**
 * Kills the Pods of a workload, and again as soon as they are back, until it is disposed: what is true while they are dead can be looked for
 * however slow the machine is, where a single death may be over before anybody looked.
 */
export async function heldDead(installation: Installation, app: string): Promise<Meanwhile> {
  const names = await installation.pods(app);
  const kill = (): void => names.forEach((name) => installation.cluster.killPod(systemNamespace, name));
  kill();
  return meanwhile(() => Promise.resolve(kill()));
}
