import type { Revision } from '@eventing-kafka/contract';
import type { ContractServer } from '@eventing-kafka/contract-stream';
import { isKafkaError } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import { keyText } from '@eventing-kafka/resources';
import type { ServedKey, TopicPlan } from '@eventing-kafka/resources';
import type { Entry } from './entries.ts';
import { ClusterUnavailable, busyAgainMs } from './kafka-access.ts';
import type { KafkaAccess } from './kafka-access.ts';
import type { WorkResult } from './work-queue.ts';

/** Tries to delete data of a removed object before it is left behind. */
const maxTries = 5;

/** An object that went away and that data-plane processes may still serve. */
interface Removal {
  readonly sinceMs: number;
  /** Of the contract that holds it no longer. */
  readonly revision: Revision | undefined;
  /** What it leaves behind that is ours to delete. */
  readonly topic: TopicPlan | undefined;
  readonly group: { readonly cluster: TopicPlan; readonly groupId: string } | undefined;
  failures: number;
}

/** What removing works with. */
export interface RemovalsOptions {
  readonly contractServer: Pick<ContractServer, 'waitingFor'>;
  readonly kafka: KafkaAccess;
  readonly logger: Logger;
  readonly now: () => number;
  readonly timeoutMs: number;
  readonly gone: (key: ServedKey, afterMs: number) => void;
}

/**
 * Objects on their way out: no longer in the contract, then acknowledged as such by every connected process, and only then,
 * if asked for, their data deleted: a topic that is deleted under a producer blocks it (control-plane 7.4, 25).
 */
export class Removals {
  readonly #options: RemovalsOptions;
  readonly #removals = new Map<string, Removal>();
  readonly #keys = new Map<string, ServedKey>();

  constructor(options: RemovalsOptions) {
    this.#options = options;
  }

  /** Objects on their way out. */
  keys(): Iterable<ServedKey> {
    return this.#keys.values();
  }

  /** Clusters that are needed to finish. */
  *clusters(): IterableIterator<TopicPlan> {
    for (const { topic, group } of this.#removals.values()) {
      const cluster = topic ?? group?.cluster;
      if (cluster !== undefined) yield cluster;
    }
  }

  /** An object left the contract with this revision. */
  begin(entry: Entry, revision: Revision | undefined, data: Pick<Removal, 'topic' | 'group'>): void {
    const text = keyText(entry.key);
    this.#keys.set(text, entry.key);
    this.#removals.set(text, { sinceMs: entry.sinceMs, revision, ...data, failures: 0 });
  }

  /** It is back. */
  cancel(key: ServedKey): void {
    this.#keys.delete(keyText(key));
    this.#removals.delete(keyText(key));
  }

  /** Goes on with a removal as far as it can. */
  async proceed(key: ServedKey): Promise<WorkResult> {
    const removal = this.#removals.get(keyText(key));
    if (removal === undefined) return { kind: 'done' };
    const { contractServer, logger, now, timeoutMs, gone } = this.#options;
    if (removal.revision !== undefined) {
      const waiting = [
        ...contractServer.waitingFor('receiver', removal.revision),
        ...contractServer.waitingFor('dispatcher', removal.revision),
      ];
      const leftMs = removal.sinceMs + timeoutMs - now();
      if (waiting.length > 0 && leftMs > 0) return { kind: 'again', afterMs: leftMs };
      if (waiting.length > 0)
        logger.warn('removal goes on without the acknowledgement of some processes', {
          key: keyText(key),
          waitingFor: waiting,
        });
    }
    const result = await this.#deleteData(key, removal);
    if (result.kind !== 'done') return result;
    this.cancel(key);
    gone(key, now() - removal.sinceMs);
    return result;
  }

  async #deleteData(key: ServedKey, removal: Removal): Promise<WorkResult> {
    const { kafka, logger } = this.#options;
    const { topic, group } = removal;
    try {
      if (topic !== undefined) await kafka.use(topic, ({ admin }) => admin.delete(topic.name));
      if (group !== undefined) await kafka.use(group.cluster, ({ admin }) => admin.deleteGroup(group.groupId));
    } catch (error) {
      if (error instanceof ClusterUnavailable && error.code === 'busy') return { kind: 'again', afterMs: busyAgainMs };
      if (!(error instanceof ClusterUnavailable) && !isKafkaError(error)) throw error;
      removal.failures += 1;
      if (removal.failures < maxTries) return { kind: 'retry' };
      logger.warn('data of a removed object is left behind', {
        key: keyText(key),
        topic: topic?.name,
        groupId: group?.groupId,
        error,
      });
    }
    return { kind: 'done' };
  }
}

/** What of an entry is to be deleted with it: a topic that was made here, the group of a Trigger. */
export function dataToDelete(entry: Entry): Pick<Removal, 'topic' | 'group'> {
  if (entry.type === 'ingress') {
    return { topic: entry.readyTopic?.ownership === 'managed' ? entry.readyTopic : undefined, group: undefined };
  }
  return { topic: undefined, group: entry.group };
}
