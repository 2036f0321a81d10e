import type { ContractServer } from '@eventing-kafka/contract-stream';
import {
  attributeNames,
  counters,
  createCounter,
  createGauge,
  createHistogram,
  forgetSeries,
  gauges,
  histograms,
} from '@eventing-kafka/metrics';
import type { GaugeMetric } from '@eventing-kafka/metrics';
import type { ServedKey } from '@eventing-kafka/resources';
import type { Meter } from '@opentelemetry/api';
import type { ProcessReport } from './reconciler-types.ts';
import type { Transition } from './transition.ts';
import type { WorkResult } from './work-queue.ts';

/** What is measured of reconciling. */
export interface Instruments {
  /** One look at an object ended. */
  reconciled(key: ServedKey, outcome: WorkResult['kind'] | 'error', tookMs: number): void;
  /** A status was written, or could not be. */
  statusWritten(key: ServedKey, ok: boolean): void;
  /** What watchers are told. */
  told(transition: Transition): void;
  /** How much there is to do. */
  queued(reconcile: number, status: number): void;
  /** Who serves. */
  processes(reports: readonly ProcessReport[]): void;
  /** This controller leads no more. */
  close(): void;
}

/** For whoever keeps no metrics. */
export const noInstruments: Instruments = {
  reconciled: () => undefined,
  statusWritten: () => undefined,
  told: () => undefined,
  queued: () => undefined,
  processes: () => undefined,
  close: () => undefined,
};

/** The instruments of this library on a meter; names in `@eventing-kafka/metrics`. */
export class MeterInstruments implements Instruments {
  readonly #meter: Meter;
  readonly #duration;
  readonly #serving;
  readonly #errors;
  readonly #writes;
  readonly #depth;
  readonly #processes;
  readonly #lag: GaugeMetric;
  readonly #leader;
  /** Pods come and go: series of those that went are forgotten. */
  #named = new Set<string>();

  constructor(meter: Meter) {
    this.#meter = meter;
    this.#duration = createHistogram(meter, histograms.reconcileDuration);
    this.#serving = createHistogram(meter, histograms.servingDuration);
    this.#errors = createCounter(meter, counters.reconcileErrors);
    this.#writes = createCounter(meter, counters.statusWrites);
    this.#depth = createGauge(meter, gauges.workQueueDepth);
    this.#processes = createGauge(meter, gauges.contractProcesses);
    this.#lag = createGauge(meter, gauges.contractLag);
    this.#leader = createGauge(meter, gauges.leader).series({});
    this.#leader.set(1);
  }

  reconciled({ kind }: ServedKey, outcome: WorkResult['kind'] | 'error', tookMs: number): void {
    const ofKind = { [attributeNames.resourceKind]: kind };
    this.#duration.series({ ...ofKind, [attributeNames.outcome]: outcome }).record(tookMs / 1_000);
    if (outcome === 'error') this.#errors.series(ofKind).add();
  }

  statusWritten({ kind }: ServedKey, ok: boolean): void {
    this.#writes
      .series({ [attributeNames.resourceKind]: kind, [attributeNames.outcome]: ok ? 'written' : 'failed' })
      .add();
  }

  told(transition: Transition): void {
    if (transition.kind !== 'serving') return;
    this.#serving.series({ [attributeNames.resourceKind]: transition.key.kind }).record(transition.afterMs / 1_000);
  }

  queued(reconcile: number, status: number): void {
    this.#depth.series({ [attributeNames.queue]: 'reconcile' }).set(reconcile);
    this.#depth.series({ [attributeNames.queue]: 'status' }).set(status);
  }

  processes(reports: readonly ProcessReport[]): void {
    for (const kind of ['receiver', 'dispatcher'] satisfies ReturnType<ContractServer['processes']>[number]['kind'][]) {
      const ofKind = reports.filter((report) => report.kind === kind);
      for (const [state, count] of [
        ['connected', ofKind.filter(({ connected }) => connected).length],
        ['ready', ofKind.filter(({ ready }) => ready === true).length],
        ['refusing', ofKind.filter(({ refusals }) => refusals.length > 0).length],
      ] as const)
        this.#processes.series({ [attributeNames.processKind]: kind, [attributeNames.processState]: state }).set(count);
    }
    const named = new Set<string>();
    for (const { nodeId, kind, lag } of reports) {
      if (lag === undefined) continue;
      named.add(nodeId);
      this.#lag.series({ [attributeNames.processKind]: kind, [attributeNames.processName]: nodeId }).set(lag);
    }
    for (const nodeId of this.#named)
      if (!named.has(nodeId)) forgetSeries(this.#meter, { [attributeNames.processName]: nodeId });
    this.#named = named;
  }

  close(): void {
    this.#leader.set(0);
  }
}
