import type { ApplyContract, ContractUpdate, EgressRuntimeState, RefusedPart } from '@eventing-kafka/contract';
import { DestinationGuard, type DestinationRules } from '@eventing-kafka/destination-guard';
import { createHttpSender, type HttpSender } from '@eventing-kafka/http-sender';
import { refusedCredentialsFinder, type KafkaClients } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type { TokenSource } from '@eventing-kafka/oidc';
import type { Tracing } from '@eventing-kafka/tracing';
import type { Meter } from '@opentelemetry/api';
import { Destinations } from './destinations.ts';
import { defaultEgressLimits, type EgressLimits } from './egress-limits.ts';
import { EgressPipeline } from './egress-pipeline.ts';
import { readingKey, type EgressPlan } from './egress-plan.ts';
import { Feeds } from './feeds.ts';
import { EgressInstruments } from './instruments.ts';
import { PlannedContract } from './planned-contract.ts';
import { ResourceClusters, type ResolveSecurity } from './resource-clusters.ts';
import { StateReports } from './state-reports.ts';
import { RunningEgress } from './running-egress.ts';
import { withinMs } from './within.ts';

/** What {@link startEgresses} needs. */
export interface EgressesOptions {
  readonly kafka: KafkaClients;
  readonly logger: Logger;
  readonly meter: Meter;
  /** Gets the state of every egress whose state changed, about once a second at most. */
  readonly onState?: (states: readonly EgressRuntimeState[]) => void;
  /** Aborted when the process is to stop: an update that waits for Kafka waits no longer. */
  readonly signal?: AbortSignal;
  /** Milliseconds that disposing waits for deliveries under way; what is not finished then is delivered again. Default 1000. */
  readonly drainTimeoutMs?: number;
  /** Group of a topic's feed is this and the topic's name. Default `eventing-kafka-feed-`. */
  readonly feedGroupPrefix?: string;
  /** Kafka properties of every cluster, passed through as `KafkaCluster.properties`. */
  readonly kafkaProperties?: Readonly<Record<string, string | number | boolean>>;
  /** Credentials of a resource whose contract names a Secret; without it such a resource is refused. */
  readonly resolveSecurity?: ResolveSecurity | undefined;
  /** Continues the traces of producers. Absent: their context goes on to subscribers as it is. Not disposed by the egresses. */
  readonly tracing?: Tracing | undefined;
  /** Tokens for targets with an audience, of the account an egress names. Absent: an egress with such a target and an account is refused. */
  readonly tokens?: TokenSource | undefined;
  /** Sends tokens to http targets too; else an egress with such a target is refused. Default false. */
  readonly sendTokensOverHttp?: boolean;
  /**
   * Where events may be sent to (security 6.4); what is refused fails for good with `DELIVERY_DENIED`. Default: everywhere but to link-local,
   * multicast, unspecified and metadata addresses and the API server; this machine is allowed.
   */
  readonly destinations?: DestinationRules | undefined;
  /** Defaults: `defaultEgressLimits`. */
  readonly limits?: Partial<EgressLimits>;
}

/** The egresses of a process. Disposing finishes what is under way, commits, and leaves the groups. */
export interface Egresses extends AsyncDisposable {
  /**
   * Serves a contract. What an egress filters, where and how it delivers changes in place; only another consumer group, topic
   * or cluster stops it and starts it anew. Resolves when new egresses have their first offsets committed, so that no event
   * posted after that is missed. Not to be called again before it resolved.
   */
  readonly apply: ApplyContract;
  /**
   * Why this process should be started anew, if so: it reads nothing although Kafka answers and has records for it, or commits nothing
   * although it could. What a subscriber or Kafka does is no reason.
   */
  stuck(): string | undefined;
}

/** Starts with no egress; the first contract brings them. */
export function startEgresses(options: EgressesOptions): Promise<Egresses> {
  return Promise.resolve(new RunningEgresses(options));
}

class RunningEgresses implements Egresses {
  readonly #limits: EgressLimits;
  readonly #logger: Logger;
  readonly #tracing: Tracing | undefined;
  readonly #tokens: TokenSource | undefined;
  readonly #drainTimeoutMs: number;
  readonly #stopped: Promise<void>;
  readonly #contract: PlannedContract;
  readonly #instruments: EgressInstruments;
  readonly #sender: HttpSender;
  readonly #destinations: Destinations;
  readonly #feeds: Feeds;
  readonly #running = new Map<string, RunningEgress>();
  /**
   * By group: the egresses that are being stopped there; the last commit of one must not come after the first of its successor. By
   * the name of the group alone, because another address or other credentials may well lead to the same Kafka.
   */
  readonly #stopping = new Map<string, Promise<void>>();
  readonly #states: StateReports;
  #disposed: Promise<void> | undefined;

  constructor(options: EgressesOptions) {
    const limits = { ...defaultEgressLimits, ...options.limits };
    this.#limits = limits;
    this.#logger = options.logger;
    this.#tracing = options.tracing;
    this.#tokens = options.tokens;
    this.#drainTimeoutMs = options.drainTimeoutMs ?? 1_000;
    this.#stopped = aborted(options.signal);
    this.#contract = new PlannedContract(
      new ResourceClusters({
        resolveSecurity: options.resolveSecurity,
        refusedCredentialsFinder: () => refusedCredentialsFinder(options.kafka),
        kafkaProperties: options.kafkaProperties,
      }),
      { canObtain: options.tokens !== undefined, mayUseHttp: options.sendTokensOverHttp === true },
    );
    this.#instruments = new EgressInstruments(options.meter);
    this.#sender = createHttpSender({
      maxConnectionsPerOrigin: limits.maxConnectionsPerOrigin,
      maxQueuedPerOrigin: limits.maxQueuedPerOrigin,
      // What is longer is no answer (dispatcher specification, clause 9): nobody who means well sends it.
      maxHeaderBytes: 8 * 1024,
      guard: new DestinationGuard(options.destinations ?? { allowLoopback: true }),
      onUnusableCertificate: (message) =>
        this.#logger.warn('a CA certificate of the contract cannot be used', { problem: message }),
    });
    this.#destinations = new Destinations({
      failures: limits.breakerFailures,
      maxPauseMs: limits.breakerMaxPauseMs,
    });
    const feedGroupPrefix = options.feedGroupPrefix ?? 'eventing-kafka-feed-';
    this.#feeds = new Feeds({ kafka: options.kafka, logger: options.logger, limits, feedGroupPrefix });
    this.#states = new StateReports(() => this.#running.values(), limits.stateIntervalMs, options.onState);
  }

  readonly apply = async (update: ContractUpdate): Promise<readonly RefusedPart[]> => {
    const { refused, plans, goneUids, touchedUids } = await this.#contract.plan(update);
    if (this.#disposed !== undefined) return refused;
    const starting: Promise<void>[] = [];
    for (const uid of goneUids) this.#stop(uid);
    for (const plan of plans) {
      if (!this.#replan(plan)) starting.push(this.#start(plan));
    }
    const changed = new Set(plans.map((plan) => plan.uid));
    for (const uid of touchedUids) {
      const egress = this.#running.get(uid);
      if (egress?.pipeline.isReading === false && !changed.has(uid)) starting.push(egress.retry());
    }
    await withinMs(this.#limits.applyTimeoutMs, Promise.race([Promise.all(starting), this.#stopped]));
    return [...refused, ...touchedUids.flatMap((uid) => this.#blockedPart(uid))];
  };

  stuck(): string | undefined {
    return this.#disposed === undefined ? this.#feeds.stuck() : undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    this.#states.stop();
    await using stack = new AsyncDisposableStack();
    stack.use(this.#sender);
    stack.defer(() => {
      for (const { pipeline } of this.#running.values()) pipeline.close();
    });
    stack.defer(() => this.#feeds.close(this.#drainTimeoutMs));
  }

  /** Changes a running egress in place, if it goes on reading the same. */
  #replan(plan: EgressPlan): boolean {
    const { pipeline } = this.#running.get(plan.uid) ?? {};
    if (pipeline === undefined || readingKey(pipeline.plan) !== readingKey(plan)) return false;
    pipeline.replan(plan);
    this.#logger.info('egress changed', aboutPlan(plan));
    return true;
  }

  #start(plan: EgressPlan): Promise<void> {
    this.#stop(plan.uid);
    const { ignored } = plan.selection.overrides;
    if (ignored.length > 0)
      this.#logger.warn('overrides that are no extension names are left out', { ...aboutPlan(plan), ignored });
    const pipeline = new EgressPipeline(plan, this.#instruments.forEgress(plan.reference), {
      limits: this.#limits,
      destinations: this.#destinations,
      inFlightBytes: () => this.#feeds.budget.inFlightShare(this.#running.size),
      sender: this.#sender,
      producer: async () => (await this.#feeds.connection(plan)).producer(),
      logger: this.#logger,
      tracing: this.#tracing,
      tokens: this.#tokens,
    });
    const egress = new RunningEgress(pipeline, this.#feeds);
    this.#running.set(plan.uid, egress);
    this.#logger.info('egress started', aboutPlan(plan));
    return egress.start(this.#stopping.get(plan.consumerGroup));
  }

  #stop(uid: string): void {
    const egress = this.#running.get(uid);
    if (egress === undefined) return;
    this.#running.delete(uid);
    const { plan, meters } = egress.pipeline;
    const key = plan.consumerGroup;
    const before = this.#stopping.get(key);
    const ended = egress.stop(this.#limits.removeTimeoutMs).then(
      () => this.#logger.info('egress stopped', aboutPlan(plan)),
      (error: unknown) => this.#logger.warn('egress could not be stopped in good order', { ...aboutPlan(plan), error }),
    );
    const stopped = before === undefined ? ended : Promise.all([before, ended]).then(() => undefined);
    this.#stopping.set(key, stopped);
    void stopped.then(() => {
      if (this.#stopping.get(key) === stopped) this.#stopping.delete(key);
    });
    void ended.then(() => {
      // Its successor, if there is one, goes on with the same series.
      if (!this.#running.has(uid)) meters.close();
    });
  }

  /** Why an egress of the contract is not at work, if it is not. */
  #blockedPart(uid: string): RefusedPart[] {
    const pipeline = this.#running.get(uid)?.pipeline;
    if (pipeline === undefined || pipeline.isReading) return [];
    const message = pipeline.problem ?? 'Kafka has not answered yet';
    return [{ resourceUid: pipeline.plan.resourceUid, egressUid: uid, reason: 'NotReading', message }];
  }
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

function aboutPlan({ uid, consumerGroup, topics, reference }: EgressPlan): Record<string, unknown> {
  return { egressUid: uid, egress: `${reference.namespace}/${reference.name}`, consumerGroup, topics };
}
