import { attributeNames, counters, createCounter, createHistogram, gauges, histograms } from '@eventing-kafka/metrics';
import type { ServedKey } from '@eventing-kafka/resources';
import type { BatchObservableResult, Meter } from '@opentelemetry/api';
import type { ProcessReport } from '../reconciler-types.ts';
import type { Transition } from './transition.ts';
import type { WorkResult } from '../queue/work-queue.ts';

/** What is measured of reconciling. */
export interface Instruments {
  /** One look at an object ended. */
  reconciled(key: ServedKey, outcome: WorkResult['kind'] | 'error', tookMs: number): void;
  /** A status was written, or could not be. */
  statusWritten(key: ServedKey, ok: boolean): void;
  /** What watchers are told. */
  told(transition: Transition): void;
  /** This controller leads no more. */
  close(): void;
}

/** What is measured when somebody asks. */
export interface Observed {
  /** Objects in each work queue. */
  queues(): { readonly reconcile: number; readonly status: number };
  processes(): readonly ProcessReport[];
}

/** For whoever keeps no metrics. */
export const noInstruments: Instruments = {
  reconciled: () => undefined,
  statusWritten: () => undefined,
  told: () => undefined,
  close: () => undefined,
};

/** The instruments of this library on a meter; names in `@eventing-kafka/metrics`. */
export class MeterInstruments implements Instruments {
  readonly #duration;
  readonly #serving;
  readonly #errors;
  readonly #writes;
  readonly #stop: () => void;

  constructor(meter: Meter, observed: Observed) {
    this.#duration = createHistogram(meter, histograms.reconcileDuration);
    this.#serving = createHistogram(meter, histograms.servingDuration);
    this.#errors = createCounter(meter, counters.reconcileErrors);
    this.#writes = createCounter(meter, counters.statusWrites);
    this.#stop = observe(meter, observed);
  }

  reconciled({ kind }: ServedKey, outcome: WorkResult['kind'] | 'error', tookMs: number): void {
    const ofKind = { [attributeNames.resourceKind]: kind };
    this.#duration.series({ ...ofKind, [attributeNames.outcome]: outcome }).record(tookMs / 1_000);
    if (outcome === 'error') this.#errors.series(ofKind).add();
  }

  statusWritten({ kind }: ServedKey, ok: boolean): void {
    const outcome = ok ? 'written' : 'failed';
    this.#writes.series({ [attributeNames.resourceKind]: kind, [attributeNames.outcome]: outcome }).add();
  }

  told(transition: Transition): void {
    if (transition.kind !== 'serving') return;
    const ofKind = { [attributeNames.resourceKind]: transition.key.kind };
    this.#serving.series(ofKind).record(transition.afterMs / 1_000);
  }

  close(): void {
    this.#stop();
  }
}

/** Queues, processes and the lead, from now on until the function it gives is called. */
function observe(meter: Meter, observed: Observed): () => void {
  const depth = meter.createObservableGauge(gauges.workQueueDepth.name, gauges.workQueueDepth);
  const processes = meter.createObservableGauge(gauges.contractProcesses.name, gauges.contractProcesses);
  const lag = meter.createObservableGauge(gauges.contractLag.name, gauges.contractLag);
  const leader = meter.createObservableGauge(gauges.leader.name, gauges.leader);
  const all = [depth, processes, lag, leader];
  const report = (result: BatchObservableResult): void => {
    result.observe(leader, 1);
    for (const [queue, size] of Object.entries(observed.queues()))
      result.observe(depth, size, { [attributeNames.queue]: queue });
    const reports = observed.processes();
    for (const kind of ['receiver', 'dispatcher']) {
      const ofKind = reports.filter((each) => each.kind === kind);
      for (const [state, isIn] of Object.entries(processStates))
        result.observe(processes, ofKind.filter(isIn).length, {
          [attributeNames.processKind]: kind,
          [attributeNames.processState]: state,
        });
    }
    for (const { kind, nodeId, lag: generations } of reports) {
      if (generations === undefined) continue;
      result.observe(lag, generations, { [attributeNames.processKind]: kind, [attributeNames.processName]: nodeId });
    }
  };
  meter.addBatchObservableCallback(report, all);
  return () => meter.removeBatchObservableCallback(report, all);
}

const processStates: Readonly<Record<string, (report: ProcessReport) => boolean>> = {
  connected: ({ connected }) => connected,
  ready: ({ ready }) => ready === true,
  refusing: ({ refusals }) => refusals.length > 0,
};
