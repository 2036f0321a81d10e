import { setTimeout as delay } from 'node:timers/promises';
import { type Installation, systemNamespace } from '../installation.ts';
import { broker, identity, trigger } from '../manifests.ts';
import { Controller } from './controller.ts';
import { ReadyWatch } from './ready-watch.ts';

/** How much there is. */
export interface BenchSize {
  readonly triggers: number;
  readonly brokers: number;
  /** Processes of the data plane, each of which has to acknowledge. */
  readonly processes: number;
  /** Which Triggers are changed follows from it. */
  readonly seed: number;
}

/** What all measurements work with. */
export interface Bench extends BenchSize, AsyncDisposable {
  readonly installation: Installation;
  readonly controller: Controller;
  /** Of all Triggers. */
  readonly watch: ReadyWatch;
}

/** Type of the events that one Trigger wants, that of {@link observer}. */
export const observedType = 'com.example.observed';
/** Path of the ingress to post such events to. */
export const observedPath = '/default/broker-0';
/** The one Trigger that gets events. */
export const observer = trigger('observer', 'broker-0', { filters: [{ exact: { type: observedType } }] });

/** The name of one of the Triggers. */
export function triggerName(index: number): string {
  return `trigger-${index}`;
}

/** Filters of a Trigger that no event passes. */
export function filtersFor(what: string): readonly object[] {
  return [{ exact: { type: `com.example.never.${what}` } }];
}

/** Makes the Brokers and the Trigger that gets events. */
export async function startBench(installation: Installation, size: BenchSize): Promise<Bench> {
  const brokers = Array.from({ length: size.brokers }, (_, index) => broker(`broker-${index}`));
  await installation.apply(...brokers, observer);
  await installation.ready(...brokers.map(identity), identity(observer));
  const { apiVersion, kind } = observer;
  const watch = new ReadyWatch(installation.client, { apiVersion, kind });
  return {
    ...size,
    installation,
    controller: await Controller.of(installation),
    watch,
    [Symbol.asyncDispose]: () => watch[Symbol.asyncDispose](),
  };
}

/** Waits until a controller has nothing in its queues and uses next to no CPU: until what follows from the last step is over. */
export async function settled({ controller }: Pick<Bench, 'controller'>): Promise<void> {
  const { process } = controller;
  for (;;) {
    const before = process.cpuMs();
    await delay(2_000);
    if (process.cpuMs() - before < 200 && (await controller.figures()).queued === 0) return;
  }
}

/** Lines of the dispatchers' logs that tell that an egress began, ended or was made anew. */
export async function egressLines({ installation }: Pick<Bench, 'installation'>): Promise<number> {
  let lines = 0;
  for (const pod of await installation.pods('kafka-broker-dispatcher')) {
    const log = await installation.cluster.logs(systemNamespace, pod);
    lines += log.split('\n').filter((line) => /egress (?:started|stopped|changed)/.test(line)).length;
  }
  return lines;
}
