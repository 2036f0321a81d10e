import { keyText, planningOptions } from '@eventing-kafka/resources';
import type { DataPlaneAccount, PlanningOptions, ServedKey } from '@eventing-kafka/resources';
import type { Meter } from '@opentelemetry/api';
import { ChangeLog } from './change-log.ts';
import { ContractAssembler } from './contract/contract-assembly.ts';
import { DataPlaneWatch } from './contract/data-plane-watch.ts';
import { Departures } from './removal/departures.ts';
import { Dependencies } from './dependencies.ts';
import { EventPolicyKeeper } from './cluster/event-policy-keeper.ts';
import type { EventPolicyKeeperOptions } from './cluster/event-policy-keeper.ts';
import { Entries } from './entries.ts';
import type { IngressEntry } from './entries.ts';
import { FirstOffsets } from './kafka/first-offsets.ts';
import { withHeldSecrets } from './cluster/held-secrets.ts';
import { MeterInstruments, noInstruments } from './status/instruments.ts';
import type { Instruments } from './status/instruments.ts';
import { KafkaAccess } from './kafka/kafka-access.ts';
import { NamespacedDataPlanes } from './cluster/namespaced-data-planes.ts';
import { ObjectWorker } from './object-worker.ts';
import type { ClusterParts } from './object-worker.ts';
import type { Reconciler, ReconcilerOptions, ReconcilerStatus } from './reconciler-types.ts';
import { pause } from './queue/pause.ts';
import { Removals } from './removal/removals.ts';
import { SecretUses } from './cluster/secret-uses.ts';
import { Settler } from './status/settler.ts';
import { SourceFollower } from './source-follower.ts';
import { StatusKeeper } from './status/status-keeper.ts';
import { StatusRestorer } from './status/status-restorer.ts';
import { processReports, statusReport } from './status/status-report.ts';
import { followTopics } from './kafka/topic-check.ts';
import { TopicOwners } from './kafka/topic-owners.ts';
import type { Transition } from './status/transition.ts';
import { unlessAborted } from './queue/unless-aborted.ts';
import { WorkQueue } from './queue/work-queue.ts';

/** Pause before a loop that failed is begun again. */
const loopPauseMs = 1_000;
/** Statuses written at once. */
const writesAtOnce = 32;
/**
 * How long a status that only says what is waited for may wait to be written, in milliseconds: mostly it is over by then, and one write does
 * for both.
 */
const waitingWriteMs = 100;
/** How long clusters that may be needed no more are kept open. */
const tidyMs = 1_000;

/**
 * The loops behind {@link startReconciler}:
 *
 *   source ──keys──▶ queue ──▶ ObjectWorker: plan, Kafka, cluster ──▶ entries ──▶ Settler: contract out, statuses derived ──▶ writes
 *   data plane ──acknowledgements, roster────────────────────────────────────────────▲
 */
export class RunningReconciler implements Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #planning: PlanningOptions;
  readonly #abort = new AbortController();
  readonly #entries = new Entries();
  readonly #dependencies = new Dependencies();
  readonly #assembler = new ContractAssembler();
  readonly #kafka: KafkaAccess;
  readonly #firstOffsets: FirstOffsets;
  readonly #queue: WorkQueue<ServedKey>;
  readonly #writes: WorkQueue<ServedKey>;
  readonly #restorer = new StatusRestorer((key) => this.#writes.add(key));
  readonly #removals: Removals;
  readonly #settler: Settler;
  readonly #cluster: ClusterParts | undefined;
  readonly #policies: EventPolicyKeeper | undefined;
  readonly #follower: SourceFollower;
  readonly #instruments: Instruments;
  readonly #loops: Promise<void>[] = [];
  #tidying: NodeJS.Timeout | undefined;

  constructor(options: ReconcilerOptions) {
    const { contractServer, logger, source, roster } = options;
    const { random = Math.random, now = Date.now, retryMs = { min: 250, max: 10_000 } } = options;
    this.#options = options;
    this.#planning = planningOf(options);
    this.#instruments = this.#instrumentsOn(options.meter);
    this.#kafka = new KafkaAccess(options.kafka, options.securityOf, now);
    const mistake = (what: string) => (error: unknown) => logger.error('unexpected failure', { what, error });
    this.#firstOffsets = new FirstOffsets(this.#kafka, mistake('first offsets'));
    const tell = (transition: Transition): void => {
      this.#instruments.told(transition);
      options.onTransition?.(transition);
    };
    const retries = { minDelayMs: retryMs.min, maxDelayMs: retryMs.max, random };
    const queue = { text: keyText, ...retries };
    const wake = (key: ServedKey): void => this.#queue.add(key);
    this.#removals = new Removals({
      contractServer,
      kafka: this.#kafka,
      logger,
      now,
      timeoutMs: options.removalTimeoutMs ?? 10_000,
      retryMs: options.deletionRetryMs ?? 5_000,
      gone: (key, afterMs) => tell({ kind: 'gone', key, afterMs }),
    });
    this.#settler = new Settler({
      contractServer,
      logger,
      entries: this.#entries,
      assembler: this.#assembler,
      statuses: new StatusKeeper({
        contractServer,
        now,
        tell,
        event: ({ key, uid }, event) => source.cluster?.record(key, uid, event),
        placeOf: (key, path) => source.placeOf?.(key, path),
        changed: ({ key, phase }) =>
          phase === 'waiting' ? this.#writes.addWithin(key, waitingWriteMs) : this.#writes.add(key),
      }),
      removals: this.#removals,
      dataPlane: new DataPlaneWatch(contractServer, roster),
      hasRoster: roster !== undefined,
      graceMs: options.graceMs ?? 5_000,
      isComplete: () => this.#follower.isComplete(),
      wake,
    });
    this.#cluster = this.#clusterParts(wake, mistake('data planes of namespaces'));
    this.#policies = this.#policyKeeper({ ...retries, now });
    this.#follower = new SourceFollower({
      source,
      planning: this.#planning,
      logger,
      log: new ChangeLog(source, tell),
      entries: this.#entries,
      dependencies: this.#dependencies,
      removals: this.#removals,
      assembler: this.#assembler,
      kafka: this.#kafka,
      secrets: this.#cluster?.secrets,
      policies: this.#policies,
      firstPublishTimeoutMs: options.firstPublishTimeoutMs ?? 5_000,
      now,
      wake,
      restoreStatus: (key) => this.#restorer.restore(key),
      settle: () => this.#settler.soon(),
    });
    const common = {
      source,
      planning: this.#planning,
      entries: this.#entries,
      dependencies: this.#dependencies,
      assembler: this.#assembler,
      settler: this.#settler,
      removals: this.#removals,
      topics: new TopicOwners(this.#entries),
      cluster: this.#cluster,
      now,
      wake,
      clustersChanged: () => this.#tidySoon(),
    };
    const worker = new ObjectWorker({
      ...common,
      kafka: this.#kafka,
      firstOffsets: this.#firstOffsets,
      goOn: (key) => this.#queue.addFirst(key),
      departures: new Departures({
        ...common,
        deleteData: options.deleteData ?? source.cluster !== undefined,
        releaseTimeoutMs: options.releaseTimeoutMs ?? 120_000,
      }),
    });
    this.#queue = new WorkQueue<ServedKey>({
      ...queue,
      concurrency: options.concurrency ?? 16,
      work: async (key, signal) => {
        const begun = performance.now();
        const result = await worker.work(key, signal);
        this.#instruments.reconciled(key, result.kind, performance.now() - begun);
        return result;
      },
      failed: (key, error) => {
        this.#instruments.reconciled(key, 'error', 0);
        if (!this.#abort.signal.aborted) logger.error('reconciling failed', { key: keyText(key), error });
      },
    });
    this.#writes = new WorkQueue<ServedKey>({
      ...queue,
      concurrency: writesAtOnce,
      work: async (key, signal) => {
        const status = this.#entries.get(key)?.status;
        if (status === undefined) return { kind: 'done' };
        await unlessAborted(source.writeStatus(key, status), signal);
        this.#instruments.statusWritten(key, true);
        return { kind: 'done' };
      },
      failed: (key, error) => {
        this.#instruments.statusWritten(key, false);
        if (!this.#abort.signal.aborted) logger.warn('status could not be written', { key: keyText(key), error });
      },
    });
  }

  /** Begins to follow the source and the data plane. */
  start(): void {
    const { roster, contractServer, topicCheckMs = 30_000, logger } = this.#options;
    const { signal } = this.#abort;
    this.#loops.push(
      this.#loop('source', () => this.#follower.follow(signal)),
      this.#loop('data plane', () => this.#followDataPlane()),
      this.#loop('topics', () =>
        followTopics(
          {
            kafka: this.#kafka,
            entries: this.#entries,
            everyMs: topicCheckMs,
            missing: (entry) => this.#topicIsMissing(entry),
            failed: (error) => logger.error('unexpected failure', { what: 'topics', error }),
          },
          signal,
        ),
      ),
    );
    if (this.#cluster !== undefined) {
      const { dataPlanes } = this.#cluster;
      this.#loops.push(this.#loop('data planes of namespaces', () => dataPlanes.follow(signal)));
    }
    if (roster === undefined) return;
    contractServer.expectProcesses(roster.expected());
    this.#loops.push(
      this.#loop('roster', async () => {
        for await (const _ of roster.changes(signal)) contractServer.expectProcesses(roster.expected());
      }),
    );
  }

  status(): ReconcilerStatus {
    const { source, contractServer, roster } = this.#options;
    return statusReport({ source, contractServer, roster, entries: this.#entries });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#follower[Symbol.dispose]();
    this.#restorer[Symbol.dispose]();
    clearTimeout(this.#tidying);
    this.#settler[Symbol.dispose]();
    // What waits for Kafka hears at once that nobody waits for it any more; only then does the queue run dry soon.
    await Promise.all([
      ...this.#loops,
      this.#kafka[Symbol.asyncDispose](),
      this.#firstOffsets[Symbol.asyncDispose](),
      this.#queue[Symbol.asyncDispose](),
      this.#writes[Symbol.asyncDispose](),
      this.#policies?.[Symbol.asyncDispose](),
    ]);
    clearTimeout(this.#tidying);
    this.#instruments.close();
  }

  async #loop(name: string, run: () => Promise<void>): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        await run();
        return;
      } catch (error) {
        this.#options.logger.error('following failed and is begun again', { what: name, error });
        await pause(loopPauseMs, signal);
      }
    }
  }

  async #followDataPlane(): Promise<void> {
    for await (const _ of this.#options.contractServer.changes(this.#abort.signal)) {
      for (const key of this.#removals.acknowledged()) this.#queue.add(key);
      this.#settler.dataPlaneChanged();
    }
  }

  #topicIsMissing(entry: IngressEntry): void {
    const { key, uid, readyTopic } = entry;
    if (readyTopic === undefined) return;
    const isManaged = readyTopic.ownership === 'managed';
    const message = `topic ${readyTopic.name} was deleted in Kafka, with the events in it${isManaged ? '; it is made anew, empty' : ''}`;
    this.#options.logger.warn('topic is gone', { key: keyText(key), topic: readyTopic.name });
    this.#options.source.cluster?.record(key, uid, { type: 'Warning', reason: 'TopicMissing', message });
    entry.topic = { kind: 'failed', step: 'check', message };
    entry.readyTopic = undefined;
    // The offsets of groups went with it.
    for (const trigger of this.#entries.triggersOf(key)) trigger.offsetsFixedFor = '';
    this.#settler.changed(entry);
    this.#queue.add(key);
  }

  #clusterParts(wake: (key: ServedKey) => void, failed: (error: unknown) => void): ClusterParts | undefined {
    const { source, dataPlaneAccounts, dispatcherAccount, dataPlaneIdentities } = this.#options;
    const { templateCheckMs: pollMs = 30_000 } = this.#options;
    const { cluster } = source;
    if (cluster === undefined) return undefined;
    const planning = this.#planning;
    const account = (namespace: string, name: string): DataPlaneAccount => ({
      namespace: namespace || planning.systemNamespace,
      name,
    });
    return {
      writer: cluster,
      dispatcher: dispatcherAccount ?? ((namespace) => account(namespace, 'kafka-dispatcher')),
      secrets: new SecretUses({
        source,
        cluster,
        accounts:
          dataPlaneAccounts ??
          ((namespace) => ['kafka-receiver', 'kafka-dispatcher'].map((name) => account(namespace, name))),
        remember: (entry) => this.#remember(entry),
      }),
      dataPlanes: new NamespacedDataPlanes({
        source,
        cluster,
        planning,
        pollMs,
        identities: dataPlaneIdentities,
        wake,
        failed,
      }),
    };
  }

  /** Undefined where somebody else judges EventPolicies, or nothing can be written. */
  #policyKeeper(
    queue: Pick<EventPolicyKeeperOptions, 'minDelayMs' | 'maxDelayMs' | 'random' | 'now'>,
  ): EventPolicyKeeper | undefined {
    const { source, logger } = this.#options;
    if (source.cluster === undefined || !this.#planning.judgesEventPolicies) return undefined;
    return new EventPolicyKeeper({
      ...queue,
      source,
      writer: source.cluster,
      planning: this.#planning,
      failed: (key, error) => {
        if (!this.#abort.signal.aborted) logger.warn('status could not be written', { key: keyText(key), error });
      },
    });
  }

  /** Not in its turn, as what is about to be done may not be undone by a controller that does not know of it. */
  async #remember(entry: IngressEntry): Promise<void> {
    const { key, held, status } = entry;
    const { annotations, ...rest } = status ?? { observedGeneration: 0, conditions: [], annotations: {} };
    await this.#options.source.writeStatus(key, { ...rest, annotations: withHeldSecrets(annotations, held) });
  }

  #instrumentsOn(meter: Meter | undefined): Instruments {
    if (meter === undefined) return noInstruments;
    const { contractServer, roster } = this.#options;
    return new MeterInstruments(meter, {
      queues: () => ({ reconcile: this.#queue.size, status: this.#writes.size }),
      processes: () => processReports({ contractServer, roster }),
    });
  }

  #tidySoon(): void {
    if (this.#abort.signal.aborted) return;
    this.#tidying ??= setTimeout(() => {
      this.#tidying = undefined;
      const used = [...this.#entries.ingresses()]
        .flatMap(({ plan, readyTopic }) => [plan?.topic, readyTopic])
        .filter((topic) => topic !== undefined);
      this.#kafka
        .retain([...used, ...this.#removals.clusters()])
        .catch((error: unknown) => this.#options.logger.warn('a Kafka client could not be closed', { error }));
    }, tidyMs);
  }
}

function planningOf({ planning, dataPlane, serviceUrls, defaultBrokerConfig }: ReconcilerOptions): PlanningOptions {
  return planningOptions({
    ...planning,
    ingressBaseUrl: dataPlane.ingressBaseUrl,
    ...(dataPlane.clusterDomain === undefined ? {} : { clusterDomain: dataPlane.clusterDomain }),
    ...(serviceUrls === undefined ? {} : { serviceUrls }),
    ...(defaultBrokerConfig === undefined ? {} : { defaultBrokerConfig }),
  });
}
