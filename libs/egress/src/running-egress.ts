import type { EgressPhase, EgressRuntimeState } from '@eventing-kafka/contract';
import { egressLag } from './egress-lag.ts';
import type { EgressPipeline } from './egress-pipeline.ts';
import type { Feeds } from './feeds.ts';
import type { TopicFeed } from './topic-feed.ts';

function phaseOf(problem: string | undefined, partitions: readonly number[], isPaused: boolean): EgressPhase {
  if (problem !== undefined) return 'blocked';
  if (partitions.length === 0) return 'idle';
  return isPaused ? 'paused' : 'delivering';
}

/** An egress and the feeds it reads; exists from the moment the contract names it, whatever Kafka says. */
export class RunningEgress {
  readonly pipeline: EgressPipeline;
  readonly #feeds: Feeds;
  readonly #topics = new Map<string, TopicFeed>();
  #starting: Promise<void> | undefined;
  #stopped = false;

  constructor(pipeline: EgressPipeline, feeds: Feeds) {
    this.pipeline = pipeline;
    this.#feeds = feeds;
  }

  /** Begins to read once `after` is done. Resolves when its offsets are its own, or when `pipeline.problem` says why not yet. */
  start(after: Promise<void> | undefined): Promise<void> {
    const starting = this.#start(after).finally(() => (this.#starting = undefined));
    this.#starting = starting;
    return starting;
  }

  /** Tries again what failed; while it starts, that is awaited and nothing begun beside it. */
  async retry(): Promise<void> {
    if (this.#starting !== undefined) return this.#starting;
    if (this.#topics.size === 0) return this.start(undefined);
    await Promise.all([...this.#topics.values()].map((feed) => feed.retry(this.pipeline)));
  }

  /** Reads no more; deliveries under way get `waitMs`. */
  async stop(waitMs: number): Promise<void> {
    this.#stopped = true;
    await this.#starting;
    const { plan } = this.pipeline;
    await Promise.all(
      [...this.#topics].map(async ([topic, feed]) => {
        await feed.detach(this.pipeline, waitMs);
        this.#feeds.release(plan, topic);
      }),
    );
    this.#topics.clear();
    this.pipeline.close();
  }

  state(): EgressRuntimeState {
    const { plan, parts, lastDeliveryError } = this.pipeline;
    const problem =
      this.pipeline.problem ?? [...this.#topics.values()].find((feed) => feed.problem !== undefined)?.problem;
    const partitions = [...new Set([...parts].map((part) => part.partition))].sort((a, b) => a - b);
    const flow = this.pipeline.flow(performance.now());
    const isHeldBack = flow.isPaused || flow.breaker !== 'closed';
    const lag = egressLag(this.pipeline, (topic) => this.#topics.get(topic), this.#feeds.stalls, isHeldBack);
    if (lag !== undefined) this.pipeline.meters.lag(lag.records, lag.oldestMs ?? 0, lag.stalled.length);
    this.pipeline.meters.flow(flow.maxInFlight, flow.breaker);
    const error = problem ?? flow.trouble ?? lastDeliveryError;
    return {
      resourceUid: plan.resourceUid,
      egressUid: plan.uid,
      phase: phaseOf(problem, partitions, flow.isPaused),
      inFlight: flow.inFlight,
      maxInFlight: flow.maxInFlight,
      breaker: flow.breaker,
      ...(lag === undefined ? {} : { lag: BigInt(lag.records) }),
      ...(lag?.oldestMs === undefined ? {} : { lagMs: BigInt(Math.round(lag.oldestMs)) }),
      ...(lag === undefined || lag.stalled.length === 0 ? {} : { stalledPartitions: lag.stalled }),
      ...(error === undefined ? {} : { lastDeliveryError: error }),
      partitions,
    };
  }

  async #start(after: Promise<void> | undefined): Promise<void> {
    await after;
    const { plan } = this.pipeline;
    try {
      for (const topic of plan.topics) {
        if (this.#stopped) return;
        const feed = await this.#feeds.use(plan, topic);
        this.#topics.set(topic, feed);
      }
    } catch (error) {
      for (const topic of this.#topics.keys()) this.#feeds.release(plan, topic);
      this.#topics.clear();
      this.pipeline.problems.set(plan.replyTopic, error instanceof Error ? error.message : String(error));
      return;
    }
    if (!this.#stopped) await Promise.all([...this.#topics.values()].map((feed) => feed.attach([this.pipeline])));
  }
}
