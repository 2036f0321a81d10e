import { setTimeout } from 'node:timers/promises';
import { KubernetesError } from '@eventing-kafka/kubernetes';
import type { KubernetesClient } from '@eventing-kafka/kubernetes';
import { silentLogger } from '@eventing-kafka/logging';
import type { Logger } from '@eventing-kafka/logging';
import type { ClusterWriter, ResourceSource } from '@eventing-kafka/resources';
import { KubernetesSource } from './kubernetes-source.ts';
import type { Roster } from './roster.ts';

/** What to read, and as whom to write. */
export interface KubernetesSourceOptions {
  /** Outlives the source; not disposed by it. */
  readonly client: KubernetesClient;
  /** Where the data plane, its settings and its trust bundles are. */
  readonly systemNamespace: string;
  /** Owner of the fields that are written. Default `eventing-kafka-controller`. */
  readonly fieldManager?: string;
  /** Who events come from. Default `kafka-controller`. */
  readonly component?: string;
  /** Which of its processes: a Pod name. Default: the component. */
  readonly instance?: string;
  readonly logger?: Logger;
  /** Ends the waiting for the first lists. */
  readonly signal?: AbortSignal;
  /**
   * Names and kinds that may be watched on demand, each with a connection of its own; a tenth may be kinds. When there are more, what is not there
   * and was looked at longest ago is given up. Default 2,000.
   */
  readonly maxLookups?: number;
  /** After how long what nobody looks at is asked about, in milliseconds. Default half an hour. */
  readonly lookupIdleMs?: number;
}

/** A cluster as a source of resources, and as the place where they are written. */
export interface RunningKubernetesSource extends ResourceSource {
  readonly cluster: ClusterWriter;
  readonly pending: NonNullable<ResourceSource['pending']>;
  /** The processes of the data plane that should be connected. */
  readonly roster: Pick<Roster, 'processes' | 'changes'>;
}

const tellEveryMs = 5_000;

/**
 * Follows the objects of a cluster. Resolves when everything that is watched from the start has been read once; until then the log says
 * every five seconds what it waits for, and why.
 *
 * @throws KubernetesError `KUBERNETES_CANCELLED` when the signal is aborted before.
 */
export async function startKubernetesSource(options: KubernetesSourceOptions): Promise<RunningKubernetesSource> {
  const component = options.component ?? 'kafka-controller';
  const { logger = silentLogger, signal = new AbortController().signal } = options;
  await using starting = new AsyncDisposableStack();
  const source = starting.use(
    new KubernetesSource({
      client: options.client,
      logger,
      systemNamespace: options.systemNamespace,
      fieldManager: options.fieldManager ?? 'eventing-kafka-controller',
      component,
      instance: options.instance ?? component,
      maxLookups: options.maxLookups ?? 2_000,
      lookupIdleMs: options.lookupIdleMs ?? 1_800_000,
    }),
  );
  await synced(source, logger, signal);
  starting.move();
  return source;
}

async function synced(source: KubernetesSource, logger: Logger, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  const telling = tellUntil(either, () => logger.warn('waiting for the API server', { for: source.waitingFor() }));
  const aborted = Promise.withResolvers<never>();
  const cancel = (): void =>
    aborted.reject(new KubernetesError('KUBERNETES_CANCELLED', 'waiting for the first lists was cancelled'));
  signal.addEventListener('abort', cancel);
  try {
    if (signal.aborted) cancel();
    await Promise.race([source.synced, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', cancel);
    done.abort();
    await telling;
  }
}

/** Tells every few seconds until the signal is aborted. */
async function tellUntil(signal: AbortSignal, tell: () => void): Promise<void> {
  for (;;) {
    await setTimeout(tellEveryMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    tell();
  }
}
