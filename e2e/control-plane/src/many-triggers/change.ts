import { mergePatchObject } from '@eventing-kafka/kubernetes';
import { identity } from '../manifests.ts';
import { apiRequests, requestsBetween } from './api-requests.ts';
import { type Bench, filtersFor, observer, settled, triggerName } from './bench.ts';
import { percentile, randomNumbers } from './numbers.ts';

/** One Trigger after the other is changed: from the API server's answer to its being Ready as it is written now. */
export async function measureChanges(bench: Bench, changes: number): Promise<object> {
  const { installation, controller, watch, triggers, seed } = bench;
  const { process } = controller;
  const random = randomNumbers(seed);
  const requestsBefore = await apiRequests(installation.cluster);
  const cpuBefore = process.cpuMs();
  const times: number[] = [];
  const patching: number[] = [];
  for (let change = 0; change < changes; change += 1) {
    const name = triggerName(Math.floor(random() * triggers));
    const object = { ...identity(observer), name };
    const since = performance.now();
    const changed = await mergePatchObject(installation.client, object, {
      spec: { filters: filtersFor(`change-${change}`) },
    });
    const answeredAt = performance.now();
    const readyAt = await watch.ready(name, changed.metadata.generation ?? 0);
    patching.push(answeredAt - since);
    times.push(Math.max(0, readyAt - answeredAt));
    await checkAcknowledged(bench, name);
  }
  const cpuMs = process.cpuMs() - cpuBefore;
  await settled(bench);
  return {
    changes,
    readyMs: percentile(times),
    patchMs: percentile(patching),
    controllerCpuMsPerChange: Math.round((cpuMs / changes) * 10) / 10,
    requests: requestsBetween(requestsBefore, await apiRequests(installation.cluster)),
    rssMiB: process.rssMiB(),
    peakRssMiB: process.peakRssMiB(),
  };
}

/** Ready says that all have acknowledged: the controller has to have their answers by then. */
async function checkAcknowledged({ controller, processes }: Bench, name: string): Promise<void> {
  const { followers } = await controller.figures();
  if (followers.length === processes && followers.every(({ lag }) => lag === 0)) return;
  throw new Error(`${name} is Ready, but not acknowledged by all of ${processes}: ${JSON.stringify(followers)}`);
}
