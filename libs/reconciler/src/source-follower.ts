import { isDeepStrictEqual } from 'node:util';
import { trustBundleProblems } from '@eventing-kafka/contract';
import type { Logger } from '@eventing-kafka/logging';
import { dataPlaneNamespaceOf, isServedKey, keyText, ownFinalizers, trustBundlesOf } from '@eventing-kafka/resources';
import type {
  ObjectMetadata,
  PlanningOptions,
  ResourceKey,
  ResourceSource,
  ServedKey,
  ServedResource,
} from '@eventing-kafka/resources';
import type { ChangeLog } from './change-log.ts';
import type { ContractAssembler } from './contract/contract-assembly.ts';
import type { Dependencies } from './dependencies.ts';
import { newEntry } from './entries.ts';
import type { Entries, Entry } from './entries.ts';
import type { KafkaAccess } from './kafka/kafka-access.ts';
import type { Removals } from './removal/removals.ts';
import type { EventPolicyKeeper } from './cluster/event-policy-keeper.ts';
import type { SecretUses } from './cluster/secret-uses.ts';

/** What following a source works with. */
export interface SourceFollowerOptions {
  readonly source: ResourceSource;
  readonly planning: PlanningOptions;
  readonly logger: Logger;
  readonly log: ChangeLog;
  readonly entries: Entries;
  readonly dependencies: Dependencies;
  readonly removals: Removals;
  readonly assembler: ContractAssembler;
  readonly kafka: KafkaAccess;
  readonly secrets: SecretUses | undefined;
  /** Absent where somebody else judges EventPolicies. */
  readonly policies: Pick<EventPolicyKeeper, 'changed'> | undefined;
  /** How long the first contract waits for what is not known yet, since the last time something became known. */
  readonly firstPublishTimeoutMs: number;
  readonly now: () => number;
  readonly wake: (key: ServedKey) => void;
  /** Somebody wrote another status than ours. */
  readonly restoreStatus: (key: ServedKey) => void;
  /** Something may be ready to be published. */
  readonly settle: () => void;
}

/** How often it is looked for progress while the first contract waits; after so many in vain it goes out. */
const looksBeforeDeadline = 5;

/** From changes of a source to keys that are looked at: those of the objects, and of those who looked at them. */
export class SourceFollower implements Disposable {
  readonly #options: SourceFollowerOptions;
  /** Objects as they were, by key text: a status that is written is no reason to look at anything. */
  readonly #seen = new Map<string, ObjectMetadata>();
  /** Objects that were there at the start: the first contract waits for them. Undefined: the source has not answered yet. */
  #first: Set<ServedKey> | undefined;
  #firstDeadline: NodeJS.Timeout | undefined;

  constructor(options: SourceFollowerOptions) {
    this.#options = options;
  }

  /** Follows until the signal aborts or the source ends. */
  async follow(signal: AbortSignal): Promise<void> {
    const { source, log, settle, policies } = this.#options;
    for await (const keys of source.changes(signal)) {
      for (const key of keys) {
        this.#noteChange(key);
        policies?.changed(key);
      }
      log.readProblems();
      if (this.#first === undefined || keys.some(({ kind }) => kind === 'ConfigMap')) this.#readTrustBundles();
      this.#first ??= this.#expectFirst(keys.filter(isServedKey));
      settle();
    }
  }

  /** Whether of all objects that were there at the start it is known what goes into the contract. */
  isComplete(): boolean {
    if (this.#first === undefined) return false;
    for (const key of this.#first) {
      if (this.#isUndecided(key)) return false;
      this.#first.delete(key);
    }
    return true;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#firstDeadline);
  }

  #expectFirst(keys: readonly ServedKey[]): Set<ServedKey> {
    const first = new Set(keys);
    this.#awaitFirst(first, first.size, 0);
    return first;
  }

  /**
   * Waits on while there is progress: what was not looked at yet would go out of service with a contract that lacks it, however many objects
   * there are and however slow the machine is.
   */
  #awaitFirst(first: Set<ServedKey>, leftBefore: number, idle: number): void {
    this.#firstDeadline = setTimeout(() => {
      for (const key of first) if (!this.#isUndecided(key)) first.delete(key);
      if (first.size === 0) return;
      const idleNow = first.size < leftBefore ? 0 : idle + 1;
      if (idleNow < looksBeforeDeadline) {
        this.#awaitFirst(first, first.size, idleNow);
        return;
      }
      first.clear();
      this.#options.settle();
    }, this.#options.firstPublishTimeoutMs / looksBeforeDeadline);
  }

  #isUndecided(key: ServedKey): boolean {
    return this.#options.entries.get(key)?.undecided === true;
  }

  #noteChange(key: ResourceKey): void {
    const { source, log, kafka, dependencies, wake, logger, now } = this.#options;
    const isNews = log.isNews(key);
    if (key.kind === 'Secret')
      kafka.secretChanged(key).catch((error: unknown) => logger.warn('a Kafka client could not be closed', { error }));
    if (isServedKey(key)) {
      const object = source.get(key.kind, key.namespace, key.name);
      const isOther = this.#isOther(key, object);
      const entry = this.#entryOf(key, object);
      if (entry !== undefined && isNews) {
        entry.generation = object?.metadata.generation ?? 0;
        entry.sinceMs = now();
        entry.told = '';
      }
      if (entry !== undefined) this.#keepStatus(entry);
      if (!isOther) return;
      wake(key);
    }
    for (const dependent of dependencies.of(key)) wake(dependent);
  }

  /** What people read is what is known here, whoever writes a status beside us. Only clusters tell what is written there. */
  #keepStatus({ key, status }: Entry): void {
    const { source, restoreStatus } = this.#options;
    if (source.cluster === undefined || status === undefined) return;
    if (!isDeepStrictEqual(source.readStatus(key), status)) restoreStatus(key);
  }

  /** Whether anything about an object is another than its status. */
  #isOther(key: ServedKey, object: ServedResource | undefined): boolean {
    const text = keyText(key);
    const before = this.#seen.get(text);
    if (object === undefined) {
      this.#seen.delete(text);
      return true;
    }
    // What the source holds anyway: nothing is kept twice.
    this.#seen.set(text, object.metadata);
    return before === undefined || !isDeepStrictEqual(faceOf(before), faceOf(object.metadata));
  }

  #entryOf(key: ServedKey, object: ServedResource | undefined): Entry | undefined {
    const { source, entries, removals, planning, secrets, now } = this.#options;
    const known = entries.get(key);
    if (object === undefined || known?.uid === object.metadata.uid) return known;
    // What is on its way out and was let go of is no more concern of ours.
    const { uid, deletionTimestamp } = object.metadata;
    if (deletionTimestamp !== undefined && (removals.has(key) || ownFinalizers(object).length === 0)) return known;
    const entry = newEntry(key, uid, source.readStatus(key), now());
    entries.set(entry);
    if (entry.type === 'ingress' && object.kind !== 'Trigger')
      secrets?.adopt(entry, dataPlaneNamespaceOf(object, planning.features(source), planning));
    return entry;
  }

  /** One that is broken is left out, as with it no contract could be published at all. */
  #readTrustBundles(): void {
    const { source, planning, assembler, logger } = this.#options;
    const bundles = trustBundlesOf(source.list('ConfigMap'), planning.systemNamespace);
    const good = bundles.filter((pem) => [...trustBundleProblems([pem])].length === 0);
    if (good.length < bundles.length)
      logger.warn('trust bundles are left out', { broken: bundles.length - good.length });
    assembler.setTrustBundles(good);
  }
}

/** What is looked at of an object beside its spec, of which the generation tells. */
function faceOf({ uid, generation, deletionTimestamp, labels, annotations }: ObjectMetadata): unknown {
  return { uid, generation, deletionTimestamp, labels, annotations };
}
