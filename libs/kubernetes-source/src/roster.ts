import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from '@eventing-kafka/kubernetes';

/** A process of the data plane that should be connected: a Pod. The shape that contract servers take. */
export interface ExpectedProcess {
  /** The name of the Pod. */
  readonly nodeId: string;
  readonly kind: 'receiver' | 'dispatcher';
  /** Which data plane it belongs to; empty: the shared one. */
  readonly namespace: string;
  /** Kinds it serves; none: all. */
  readonly resourceKinds: readonly string[];
  /** It is Ready, and is not being deleted. */
  readonly ready: boolean;
}

/** What the Pods of each `app` label are. */
const processKinds: Readonly<Record<string, Pick<ExpectedProcess, 'kind' | 'resourceKinds'>>> = {
  'kafka-broker-receiver': { kind: 'receiver', resourceKinds: ['Broker'] },
  'kafka-sink-receiver': { kind: 'receiver', resourceKinds: ['KafkaSink'] },
  'kafka-broker-dispatcher': { kind: 'dispatcher', resourceKinds: [] },
};

/** Selects the Pods of the data plane. */
export const dataPlaneSelector = `app in (${Object.keys(processKinds).join(', ')})`;

/** The process in a Pod; undefined: it has ended for good, or is none of the data plane. */
export function expectedProcessOf(pod: KubernetesObject, systemNamespace: string): ExpectedProcess | undefined {
  const { name, namespace = '', labels = {}, deletionTimestamp } = pod.metadata;
  const known = processKinds[labels['app'] ?? ''];
  const { phase, conditions = [] } = (pod['status'] ?? {}) as PodStatus;
  if (known === undefined || phase === 'Succeeded' || phase === 'Failed') return undefined;
  const isReady = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  return {
    ...known,
    nodeId: name,
    namespace: namespace === systemNamespace ? '' : namespace,
    ready: isReady && deletionTimestamp === undefined,
  };
}

interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

/** The processes that should be connected, as they are now and as they change. */
export class Roster {
  readonly #processes = new Map<string, ExpectedProcess>();
  #wake = Promise.withResolvers<undefined>();
  #ended = false;

  /** As they are now. */
  get processes(): readonly ExpectedProcess[] {
    return [...this.#processes.values()];
  }

  /** All of them now, and again after each change; changes while nobody reads come as one. Ends with the signal, or with the source. */
  async *changes(signal: AbortSignal): AsyncGenerator<readonly ExpectedProcess[], void, undefined> {
    const stop = (): void => this.#wake.resolve(undefined);
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted && !this.#ended) {
        const changed = this.#wake.promise;
        yield this.processes;
        await changed;
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Takes what became of a Pod; undefined: it is gone. Tells only of what is different. */
  update(pod: string, process: ExpectedProcess | undefined): void {
    if (isDeepStrictEqual(this.#processes.get(pod), process)) return;
    if (process === undefined) this.#processes.delete(pod);
    else this.#processes.set(pod, process);
    this.#notify();
  }

  /** Nothing more will come. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  #notify(): void {
    this.#wake.resolve(undefined);
    this.#wake = Promise.withResolvers<undefined>();
  }
}
