import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@eventing-kafka/e2e-support';
import { apiRequests, requestsBetween } from './api-requests.ts';
import { type Bench, egressLines, observedPath, observedType, settled } from './bench.ts';
import type { ControllerFigures } from './controller.ts';
import { startPoster } from './poster.ts';

const postEveryMs = 50;
const lookEveryMs = 25;

/** What a restart of the controller came to; times in milliseconds since it was killed. */
export interface RestartFigures {
  /** The next process answers on its port. */
  readonly listensMs: number;
  readonly leadsMs: number;
  /** Every process of the data plane has acknowledged its contract. */
  readonly acknowledgedMs: number;
  /** It has found out that all objects are served. */
  readonly servedMs: number;
  /** It has answered that all are Ready. */
  readonly readyMs: number;
  readonly ready: number;
  readonly statusAnswer: { readonly ms: number; readonly bytes: number };
  readonly controllerCpuMs: number;
  readonly controllerCpuUntilSettledMs: number;
  readonly rssMiB: number;
  readonly peakRssMiB: number;
  readonly statusWrites: number;
  /** Changes of Triggers that a watch told of. */
  readonly triggersWritten: number;
  readonly requests: Readonly<Record<string, number>>;
  /** Lines of the dispatchers' logs that tell of egresses begun, ended or changed. */
  readonly egressesTouched: number;
  readonly posted: number;
  readonly failedPosts: number;
  /** Events that the subscriber had before. */
  readonly repeated: number;
}

/** The controller is killed while events are posted: from then on until the next one says that all are Ready. */
export async function measureRestart(bench: Bench): Promise<RestartFigures> {
  const { installation, controller, watch, triggers, brokers, processes } = bench;
  const objects = triggers + 1 + brokers;
  const linesBefore = await egressLines(bench);
  const requestsBefore = await apiRequests(installation.cluster);
  const changesBefore = watch.changes;
  const repeatedBefore = installation.subscriber.received('/observer').repeated;
  const poster = startPoster(installation, observedPath, observedType, postEveryMs);
  await delay(postEveryMs * 10);

  const { pid } = controller.process;
  const since = performance.now();
  const sinceMs = (): number => Math.round(performance.now() - since);
  controller.kill();
  const listensMs = await reached(bench, sinceMs, () => true, pid);
  const leadsMs = await reached(bench, sinceMs, ({ leads }) => leads);
  const acknowledgedMs = await reached(
    bench,
    sinceMs,
    ({ followers }) => followers.length === processes && followers.every(({ lag }) => lag === 0),
  );
  const servedMs = await reached(bench, sinceMs, ({ served }) => served >= objects);
  const ready = await eventually('all are Ready by its own account', async () => {
    const now = await controller.ready();
    return now.count === objects ? now : undefined;
  });
  const readyMs = sinceMs();
  const { process } = controller;
  const cpuMs = process.cpuMs();
  await settled(bench);
  const figures = await controller.figures();

  const { accepted, failed } = await poster.stop();
  const missing = (): number => {
    const received = new Set(installation.subscriber.received('/observer').events.map(({ id }) => id));
    return accepted.filter((id) => !received.has(id)).length;
  };
  await eventually('all accepted events arrive', () => missing() === 0, 30_000).catch((cause: unknown) => {
    throw new Error(`${missing()} of ${accepted.length} accepted events did not arrive`, { cause });
  });
  return {
    listensMs,
    leadsMs,
    acknowledgedMs,
    servedMs,
    readyMs,
    ready: ready.count,
    statusAnswer: { ms: ready.tookMs, bytes: ready.bytes },
    controllerCpuMs: cpuMs,
    controllerCpuUntilSettledMs: process.cpuMs(),
    rssMiB: process.rssMiB(),
    peakRssMiB: process.peakRssMiB(),
    statusWrites: figures.statusWrites,
    triggersWritten: watch.changes - changesBefore,
    requests: requestsBetween(requestsBefore, await apiRequests(installation.cluster)),
    egressesTouched: (await egressLines(bench)) - linesBefore,
    posted: accepted.length,
    failedPosts: failed,
    repeated: installation.subscriber.received('/observer').repeated - repeatedBefore,
  };
}

/** When a controller looks as wanted: another process than `pid`, if given. */
async function reached(
  { controller }: Bench,
  sinceMs: () => number,
  looks: (figures: ControllerFigures) => boolean,
  pid?: number,
): Promise<number> {
  for (const end = AbortSignal.timeout(120_000); ; end.throwIfAborted()) {
    const figures = await controller.figures().catch(() => undefined);
    if (figures !== undefined && looks(figures) && (pid === undefined || controller.process.pid !== pid))
      return sinceMs();
    await delay(lookEveryMs);
  }
}
