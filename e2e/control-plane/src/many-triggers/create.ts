import { createObject } from '@eventing-kafka/kubernetes';
import { trigger } from '../manifests.ts';
import { apiRequests, requestsBetween } from './api-requests.ts';
import { type Bench, filtersFor, settled, triggerName } from './bench.ts';

/** Objects that are made at once. */
const atOnce = 16;

/** From the first Trigger that is made to the last one that is Ready. */
export async function measureCreation(bench: Bench): Promise<object> {
  const { installation, controller, watch, triggers, brokers } = bench;
  const { process } = controller;
  const [cpuBefore, before, changesBefore] = [process.cpuMs(), await apiRequests(installation.cluster), watch.changes];
  const since = performance.now();
  const indices = Array.from({ length: triggers }, (_, index) => index).values();
  const make = async (): Promise<void> => {
    for (const index of indices) {
      const filters = filtersFor('at-first');
      await createObject(installation.client, trigger(triggerName(index), `broker-${index % brokers}`, { filters }));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, make));
  const madeAt = performance.now();
  // The observer is one more.
  const readyAt = await watch.allReady(triggers + 1);
  const cpuMs = process.cpuMs() - cpuBefore;
  await settled(bench);
  return {
    madeMs: Math.round(madeAt - since),
    readyMs: Math.round(readyAt - since),
    controllerCpuMs: cpuMs,
    controllerCpuUntilSettledMs: process.cpuMs() - cpuBefore,
    eventsPerTrigger: (watch.changes - changesBefore) / triggers,
    requests: requestsBetween(before, await apiRequests(installation.cluster)),
    rssMiB: process.rssMiB(),
    peakRssMiB: process.peakRssMiB(),
  };
}
