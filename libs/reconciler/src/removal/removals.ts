import type { Resource, Revision } from '@eventing-kafka/contract';
import type { ContractServer } from '@eventing-kafka/contract-stream';
import { isKafkaError } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import { keyText } from '@eventing-kafka/resources';
import type { ClusterReference, ObjectEvent, ServedKey } from '@eventing-kafka/resources';
import type { DataToDelete } from './data-to-delete.ts';
import { ClusterUnavailable, busyAgainMs } from '../kafka/kafka-access.ts';
import type { KafkaAccess } from '../kafka/kafka-access.ts';
import type { WorkResult } from '../queue/work-queue.ts';

/** Tries to delete data of a removed object before it is left behind (control-plane 7.4). */
const maxTries = 5;

/** What is to be done for an object that goes. */
export interface Departure {
  readonly key: ServedKey;
  /** Since when. */
  readonly sinceMs: number;
  /** Whether processes may still serve it. */
  readonly isServed: boolean;
  /** Its part of the contract, or its Broker's, by which those are told apart that serve it; absent: all of the data plane may. */
  readonly concerning: Resource | undefined;
  /** What is to be deleted in Kafka; asked before each try. */
  readonly data: () => DataToDelete;
  /** Says what became of it to those who look at the object. */
  readonly tell: (event: ObjectEvent) => void;
  /** Lets go of everything else, the object's own finalizer last. Rejects: it is tried again. */
  readonly release: () => Promise<void>;
}

interface Removal extends Departure {
  /** Of the contract that holds it no longer; undefined: that is not out yet. */
  revision: Revision | undefined;
  isAcknowledged: boolean;
  isDataGone: boolean;
  failures: number;
  cluster: ClusterReference | undefined;
  /** What of its data needs no further try. */
  readonly deleted: Set<'Topic' | 'Group'>;
}

/** What removing works with. */
export interface RemovalsOptions {
  readonly contractServer: Pick<ContractServer, 'waitingFor'>;
  readonly kafka: KafkaAccess;
  readonly logger: Logger;
  readonly now: () => number;
  /** How long processes may take to acknowledge. */
  readonly timeoutMs: number;
  /** Between tries to delete data. */
  readonly retryMs: number;
  readonly gone: (key: ServedKey, afterMs: number) => void;
}

/**
 * Objects on their way out:
 *
 *   out of the contract ──▶ acknowledged by the processes concerned ──▶ data deleted ──▶ everything else let go of, its finalizer last
 *
 * A topic that is deleted under a producer blocks it, hence the order (control-plane 7.4, 25). Every step is bounded but the last, which
 * needs nothing but the API server that the object lives in.
 */
export class Removals {
  readonly #options: RemovalsOptions;
  readonly #removals = new Map<string, Removal>();

  constructor(options: RemovalsOptions) {
    this.#options = options;
  }

  has(key: ServedKey): boolean {
    return this.#removals.has(keyText(key));
  }

  /** Clusters that are needed to finish. */
  *clusters(): IterableIterator<ClusterReference> {
    for (const { cluster } of this.#removals.values()) if (cluster !== undefined) yield cluster;
  }

  /** An object is out of the contract that is published next, or of the one of this revision. */
  begin(departure: Departure, revision: Revision | undefined): void {
    this.#removals.set(keyText(departure.key), {
      ...departure,
      revision,
      isAcknowledged: !departure.isServed,
      isDataGone: false,
      failures: 0,
      cluster: undefined,
      deleted: new Set(),
    });
  }

  /** A contract without those that began is out. Gives the keys that can go on. */
  published(revision: Revision): readonly ServedKey[] {
    const keys: ServedKey[] = [];
    for (const removal of this.#removals.values()) {
      if (removal.revision !== undefined) continue;
      removal.revision = revision;
      keys.push(removal.key);
    }
    return keys;
  }

  /** Keys whose removal everybody has acknowledged since. */
  acknowledged(): readonly ServedKey[] {
    const waiting = new Map<string, boolean>();
    return [...this.#removals.values()].flatMap(({ key, revision, concerning, isAcknowledged }) => {
      if (isAcknowledged || revision === undefined) return [];
      const text = JSON.stringify([
        key.kind,
        concerning?.dataPlaneNamespace,
        `${revision.epoch} ${revision.generation}`,
      ]);
      const waits = waiting.get(text) ?? this.#waitingFor(key, revision, concerning).length > 0;
      waiting.set(text, waits);
      return waits ? [] : [key];
    });
  }

  /** It is back. */
  cancel(key: ServedKey): void {
    this.#removals.delete(keyText(key));
  }

  /** Goes on with a removal as far as it can. */
  async proceed(key: ServedKey): Promise<WorkResult> {
    const removal = this.#removals.get(keyText(key));
    if (removal === undefined) return { kind: 'done' };
    const wait = this.#acknowledge(removal);
    if (wait !== undefined) return wait;
    if (!removal.isDataGone) {
      const result = await this.#deleteData(removal);
      if (result.kind !== 'done') return result;
      removal.isDataGone = true;
    }
    await removal.release();
    // It may have been asked for again meanwhile.
    if (this.#removals.get(keyText(key)) !== removal) return { kind: 'done' };
    this.cancel(key);
    this.#options.gone(key, this.#options.now() - removal.sinceMs);
    return { kind: 'done' };
  }

  /** What is waited for; undefined: nothing any more. */
  #acknowledge(removal: Removal): WorkResult | undefined {
    const { now, timeoutMs, logger } = this.#options;
    const { key, revision, concerning } = removal;
    if (removal.isAcknowledged) return undefined;
    const leftMs = removal.sinceMs + timeoutMs - now();
    const waiting = revision === undefined ? undefined : this.#waitingFor(key, revision, concerning);
    if (waiting?.length !== 0) {
      if (leftMs > 0) return { kind: 'again', afterMs: leftMs };
      logger.warn('removal goes on without the acknowledgement of some processes', {
        key: keyText(key),
        waitingFor: waiting ?? 'the contract to be published',
      });
    }
    removal.isAcknowledged = true;
    return undefined;
  }

  /** Those who may still serve it: receivers a KafkaSink, dispatchers a Trigger, both a Broker. */
  #waitingFor({ kind }: ServedKey, revision: Revision, concerning: Resource | undefined): readonly string[] {
    const { contractServer } = this.#options;
    return [
      ...(kind === 'Trigger' ? [] : contractServer.waitingFor('receiver', revision, concerning)),
      ...(kind === 'KafkaSink' ? [] : contractServer.waitingFor('dispatcher', revision, concerning)),
    ];
  }

  async #deleteData(removal: Removal): Promise<WorkResult> {
    const { topic, group, leftBehind } = removal.data();
    for (const left of leftBehind) this.#leave(removal, left, 'nothing says any more in which cluster it is');
    for (const [what, data] of [
      ['Topic', topic],
      ['Group', group],
    ] as const) {
      if (data === undefined || removal.deleted.has(what)) continue;
      const result = await this.#delete(removal, what, data);
      if (result !== undefined) return result;
      removal.deleted.add(what);
    }
    return { kind: 'done' };
  }

  /** Undefined: it is gone, or left behind. */
  async #delete(
    removal: Removal,
    what: 'Topic' | 'Group',
    { cluster, name }: { readonly cluster: ClusterReference; readonly name: string },
  ): Promise<WorkResult | undefined> {
    const { kafka, retryMs } = this.#options;
    const words = what === 'Topic' ? 'topic' : 'consumer group';
    removal.cluster = cluster;
    try {
      await kafka.use(cluster, ({ admin }) => (what === 'Topic' ? admin.delete(name) : admin.deleteGroup(name)));
    } catch (error) {
      if (error instanceof ClusterUnavailable && error.code === 'busy') return { kind: 'again', afterMs: busyAgainMs };
      if (!(error instanceof ClusterUnavailable) && !isKafkaError(error)) throw error;
      removal.failures += 1;
      if (removal.failures < maxTries) return { kind: 'again', afterMs: retryMs };
      this.#leave(removal, `${words} ${name}`, error.message);
      return undefined;
    }
    removal.tell({ type: 'Normal', reason: `${what}Deleted`, message: `Deleted ${words} ${name}` });
    return undefined;
  }

  #leave(removal: Removal, what: string, why: string): void {
    this.#options.logger.warn('data of a removed object is left behind', { key: keyText(removal.key), what, why });
    const message = `Left behind in Kafka: ${what}, as it could not be deleted: ${why}`;
    removal.tell({ type: 'Warning', reason: 'DataLeftBehind', message });
  }
}
