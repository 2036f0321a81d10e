import { setTimeout as delay } from 'node:timers/promises';
import type { PlanningOptions, PublishOutcome, ResourceKey, ServedKey, ServedKind } from '@eventing-kafka/resources';
import {
  apiVersions,
  compareKeys,
  isOurBroker,
  isServedKey,
  keyText,
  planTrigger,
  planningOptions,
} from '@eventing-kafka/resources';
import { ChangeLog } from './change-log.ts';
import { ContractAssembler } from './contract-assembly.ts';
import type { EgressPart, ResourcePart } from './contract-assembly.ts';
import { Dependencies } from './dependencies.ts';
import { Entries, newEntry } from './entries.ts';
import type { Entry, IngressEntry } from './entries.ts';
import { KafkaAccess } from './kafka-access.ts';
import { reconcileIngress } from './reconcile-ingress.ts';
import { reconcileTrigger } from './reconcile-trigger.ts';
import type { Reconciler, ReconcilerOptions, ReconcilerStatus } from './reconciler-types.ts';
import { Removals, dataToDelete } from './removals.ts';
import { StatusKeeper } from './status-keeper.ts';
import type { Transition } from './transition.ts';
import { unlessAborted } from './unless-aborted.ts';
import { WorkQueue } from './work-queue.ts';
import type { WorkResult } from './work-queue.ts';

/** How much longer than a round took to wait before the next one: with many objects most of the time is for other work. */
const restFactor = 3;
/** How soon to look again whether the first contract is out. */
const firstContractAgainMs = 50;
/** Pause before a loop that failed is begun again. */
const loopPauseMs = 1_000;

/**
 * The loops behind {@link startReconciler}:
 *
 *   source ──keys──▶ queue ──▶ work(key): plan, Kafka ──▶ entries ──▶ settle(): contract out, statuses derived
 *   data plane ──acknowledgements──────────────────────────────────────▲
 */
export class RunningReconciler implements Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #planning: PlanningOptions;
  readonly #now: () => number;
  readonly #abort = new AbortController();
  readonly #entries = new Entries();
  readonly #dependencies = new Dependencies();
  readonly #assembler = new ContractAssembler();
  readonly #kafka: KafkaAccess;
  readonly #queue: WorkQueue<ServedKey>;
  readonly #writes: WorkQueue<ServedKey>;
  readonly #removals: Removals;
  readonly #statuses: StatusKeeper;
  readonly #log: ChangeLog;
  readonly #loops: Promise<void>[] = [];
  /** Objects that were there at the start: the first contract waits for them. Undefined: the source has not answered yet. */
  #first: readonly ServedKey[] | undefined;
  #firstDeadline: NodeJS.Timeout | undefined;
  #hasPublished = false;
  #isDirty = true;
  #settling: NodeJS.Timeout | undefined;
  #restUntil = 0;

  constructor(options: ReconcilerOptions) {
    const { contractServer, kafka, logger, source, dataPlane, defaultBrokerConfig } = options;
    const { random = Math.random, now = Date.now, retryMs = { min: 250, max: 10_000 } } = options;
    this.#options = options;
    this.#now = now;
    this.#planning = planningOptions({
      ...options.planning,
      ingressBaseUrl: dataPlane.ingressBaseUrl,
      ...(dataPlane.clusterDomain === undefined ? {} : { clusterDomain: dataPlane.clusterDomain }),
      ...(options.serviceUrls === undefined ? {} : { serviceUrls: options.serviceUrls }),
      ...(defaultBrokerConfig === undefined ? {} : { defaultBrokerConfig }),
    });
    this.#kafka = new KafkaAccess(kafka, options.securityOf, now);
    const tell = (transition: Transition): void => options.onTransition?.(transition);
    this.#log = new ChangeLog(source, tell);
    const queue = {
      text: keyText,
      minDelayMs: retryMs.min,
      maxDelayMs: retryMs.max,
      random,
      concurrency: options.concurrency ?? 16,
    };
    this.#queue = new WorkQueue<ServedKey>({
      ...queue,
      work: (key) => this.#work(key),
      failed: (key, error) => logger.error('reconciling failed', { key: keyText(key), error }),
    });
    this.#writes = new WorkQueue<ServedKey>({
      ...queue,
      work: (key, signal) => unlessAborted(this.#writeStatus(key), signal),
      failed: (key, error) => {
        if (!this.#abort.signal.aborted) logger.warn('status could not be written', { key: keyText(key), error });
      },
    });
    this.#removals = new Removals({
      contractServer,
      kafka: this.#kafka,
      logger,
      now,
      timeoutMs: options.removalTimeoutMs ?? 10_000,
      gone: (key, afterMs) => tell({ kind: 'gone', key, afterMs }),
    });
    this.#statuses = new StatusKeeper({
      contractServer,
      now,
      tell,
      placeOf: (key, path) => source.placeOf?.(key, path),
      changed: (entry) => this.#writes.add(entry.key),
    });
  }

  /** Begins to follow the source and the data plane. */
  start(): void {
    this.#loops.push(
      this.#loop('source', () => this.#followSource()),
      this.#loop('data plane', () => this.#followDataPlane()),
    );
  }

  status(): ReconcilerStatus {
    const { source, contractServer } = this.#options;
    const resources = [...this.#entries.all()]
      .toSorted((a, b) => compareKeys(a.key, b.key))
      .flatMap((entry) => {
        const object = source.get(entry.key.kind, entry.key.namespace, entry.key.name);
        if (object === undefined) return [];
        const { namespace, name, uid, generation } = object.metadata;
        const status = entry.status ?? { observedGeneration: 0, conditions: [], annotations: {} };
        return [
          {
            apiVersion: apiVersions[entry.key.kind],
            kind: entry.key.kind,
            metadata: { namespace, name, uid, generation },
            status,
          },
        ];
      });
    const processes = contractServer.processes().map(({ nodeId, kind, acknowledged }) => ({
      nodeId,
      kind,
      ...(acknowledged === undefined ? {} : { acknowledged: `${acknowledged.epoch}.${acknowledged.generation}` }),
    }));
    return { resources, problems: source.problems(), processes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    clearTimeout(this.#firstDeadline);
    clearTimeout(this.#settling);
    // What waits for Kafka hears at once that nobody waits for it any more; only then does the queue run dry soon.
    await Promise.all([
      ...this.#loops,
      this.#kafka[Symbol.asyncDispose](),
      this.#queue[Symbol.asyncDispose](),
      this.#writes[Symbol.asyncDispose](),
    ]);
    clearTimeout(this.#settling);
  }

  async #loop(name: string, run: () => Promise<void>): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        await run();
        return;
      } catch (error) {
        this.#options.logger.error('following failed and is begun again', { what: name, error });
        await delay(loopPauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #followSource(): Promise<void> {
    for await (const keys of this.#options.source.changes(this.#abort.signal)) {
      for (const key of keys) this.#noteChange(key);
      this.#log.readProblems();
      if (this.#first === undefined) {
        this.#first = keys.filter(isServedKey);
        this.#firstDeadline = setTimeout(() => {
          this.#first = [];
          this.#settleSoon();
        }, this.#options.firstPublishTimeoutMs ?? 5_000);
      }
      this.#settleSoon();
    }
  }

  async #followDataPlane(): Promise<void> {
    const { signal } = this.#abort;
    for await (const _ of this.#options.contractServer.changes(signal)) {
      for (const key of this.#removals.keys()) this.#queue.add(key);
      this.#settleSoon();
    }
  }

  #noteChange(key: ResourceKey): void {
    const { source } = this.#options;
    const isNews = this.#log.isNews(key);
    if (isServedKey(key)) {
      const object = source.get(key.kind, key.namespace, key.name);
      const known = this.#entries.get(key);
      const entry = known ?? (object === undefined ? undefined : newEntry(key, source.readStatus(key), this.#now()));
      if (entry !== undefined && known === undefined) this.#entries.set(entry);
      if (entry !== undefined && isNews) {
        entry.generation = object?.metadata.generation ?? 0;
        entry.sinceMs = this.#now();
        entry.told = '';
      }
      this.#queue.add(key);
    }
    for (const dependent of this.#dependencies.of(key)) this.#queue.add(dependent);
  }

  async #work(key: ServedKey): Promise<WorkResult> {
    const object = this.#options.source.get<ServedKind>(key.kind, key.namespace, key.name);
    const entry = this.#entries.get(key);
    if (object === undefined) {
      this.#dependencies.forget(key);
      return this.#remove(key, entry, this.#options.deleteData === true);
    }
    if (entry === undefined) return { kind: 'done' };
    this.#removals.cancel(key);
    const view = this.#dependencies.tracked(this.#options.source, key);

    let result: WorkResult;
    if (entry.type === 'ingress') {
      if (object.kind === 'Trigger') throw new TypeError(`${keyText(key)} is a Trigger`);
      if (object.kind === 'Broker' && !isOurBroker(object)) return this.#leave(key, entry);
      const before = forTriggers(entry);
      result = await reconcileIngress(entry, object, view, this.#planning, this.#kafka, () =>
        this.#entries.triggersOf(key),
      );
      if (forTriggers(entry) !== before) for (const dependent of this.#dependencies.of(key)) this.#queue.add(dependent);
    } else {
      if (object.kind !== 'Trigger') throw new TypeError(`${keyText(key)} is no Trigger`);
      const plan = planTrigger(object, view, entry.status, this.#planning);
      if (plan === undefined) return this.#leave(key, entry);
      result = await reconcileTrigger(
        entry,
        plan,
        this.#entries.broker(key.namespace, object.spec.broker),
        this.#kafka,
      );
    }
    this.#isDirty = true;
    this.#settleSoon();
    return result;
  }

  /** The object is somebody else's now: what was ours of it goes, and its data stays. It is looked at again when it changes. */
  async #leave(key: ServedKey, entry: Entry): Promise<WorkResult> {
    const result = await this.#remove(key, entry, false);
    const object = this.#options.source.get(key.kind, key.namespace, key.name);
    if (object !== undefined && this.#entries.get(key) === undefined) {
      // Kept for the next look, without a plan: nothing is said of it.
      this.#entries.set({
        ...newEntry(key, undefined, this.#now()),
        generation: object.metadata.generation,
        undecided: false,
      });
    }
    return result;
  }

  #remove(key: ServedKey, entry: Entry | undefined, deleteData: boolean): Promise<WorkResult> {
    if (entry !== undefined) {
      entry.undecided = false;
      // What an earlier controller published is served until the first contract is out.
      if (!this.#mayPublish()) return Promise.resolve({ kind: 'again', afterMs: firstContractAgainMs });
      const data = deleteData ? dataToDelete(entry) : { topic: undefined, group: undefined };
      this.#entries.delete(key);
      this.#isDirty = true;
      this.#settle();
      if (entry.plan !== undefined) this.#removals.begin(entry, this.#options.contractServer.revision, data);
    }
    return this.#removals.proceed(key);
  }

  async #writeStatus(key: ServedKey): Promise<WorkResult> {
    const status = this.#entries.get(key)?.status;
    if (status !== undefined) await this.#options.source.writeStatus(key, status);
    return { kind: 'done' };
  }

  #settleSoon(): void {
    if (this.#abort.signal.aborted) return;
    this.#settling ??= setTimeout(() => this.#settle(), Math.max(0, this.#restUntil - performance.now()));
  }

  /** The contract first, then what is said of it: a status never speaks of a plan that is not out yet. */
  #settle(): void {
    clearTimeout(this.#settling);
    this.#settling = undefined;
    const begun = performance.now();
    if (this.#isDirty && this.#mayPublish()) this.#publish();
    this.#statuses.refresh(this.#entries, this.#hasPublished);
    const ended = performance.now();
    this.#restUntil = ended + restFactor * (ended - begun);
  }

  #mayPublish(): boolean {
    if (this.#hasPublished) return true;
    return this.#first?.every((key) => this.#entries.get(key)?.undecided !== true) ?? false;
  }

  #publish(): void {
    const { contractServer, logger } = this.#options;
    const { state, outcomes } = this.#assembler.assemble(this.#resourceParts(), this.#egressParts());
    let refused: PublishOutcome | undefined;
    try {
      contractServer.publish(state);
      this.#hasPublished = true;
    } catch (error) {
      logger.error('contract could not be published', { error });
      refused = {
        kind: 'failed',
        reason: 'ContractRefused',
        message: error instanceof Error ? error.message : String(error),
      };
    }
    for (const entry of this.#entries.all()) {
      const outcome = outcomes.get(keyText(entry.key));
      entry.publish = outcome?.kind === 'published' ? (refused ?? outcome) : outcome;
    }
    this.#isDirty = false;
    this.#closeUnusedClusters();
  }

  *#resourceParts(): IterableIterator<ResourcePart> {
    for (const { key, resource } of this.#entries.ingresses()) if (resource !== undefined) yield { key, resource };
  }

  *#egressParts(): IterableIterator<EgressPart> {
    for (const { key, egress, plan } of this.#entries.triggers()) {
      if (egress === undefined || plan === undefined) continue;
      yield { key, egress, brokerKey: { kind: 'Broker', namespace: key.namespace, name: plan.trigger.spec.broker } };
    }
  }

  #closeUnusedClusters(): void {
    const ingresses = [...this.#entries.ingresses()];
    const used = ingresses
      .flatMap(({ plan, readyTopic }) => [plan?.topic, readyTopic])
      .filter((topic) => topic !== undefined);
    this.#kafka
      .retain([...used, ...this.#removals.clusters()])
      .catch((error: unknown) => this.#options.logger.warn('a Kafka client could not be closed', { error }));
  }
}

/** What Triggers want to know of their Broker beside the object itself. */
function forTriggers({ readyTopic, resource, undecided }: IngressEntry): string {
  return JSON.stringify([readyTopic, resource !== undefined, undecided]);
}
