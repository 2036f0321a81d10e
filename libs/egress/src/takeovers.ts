import type { Logger } from '@eventing-kafka/logging';
import type { ClusterConnection } from './cluster-connection.ts';
import type { EgressWindow, GroupPosition } from './egress-partition.ts';
import type { EgressPipeline } from './egress-pipeline.ts';
import type { TopicPositions } from './group-positions.ts';
import { takeOverGroups } from './group-takeover.ts';

/** What taking over groups needs of the topic it belongs to. */
export interface TakeoversOptions {
  readonly connection: ClusterConnection;
  readonly topic: string;
  readonly logger: Logger;
  /** The most milliseconds until what failed is tried again, a group that has members for instance; the first time it is one second. */
  readonly blockedRetryMs: number;
  /** Head windows of the partitions that are ours. */
  readonly windows: () => readonly EgressWindow[];
  readonly isServed: (pipeline: EgressPipeline) => boolean;
  /** Reads where the groups of egresses stand. */
  readonly positionsOf: (pipelines: readonly EgressPipeline[]) => Promise<TopicPositions>;
  /** An egress may read the partition of this window, from this position on. */
  readonly letRead: (pipeline: EgressPipeline, window: EgressWindow, position: GroupPosition) => void;
}

const firstRetryMs = 1_000;
/** What is due within this time of each other is tried together: it is one request for all. */
const togetherMs = 250;

/** Takes over the groups of egresses, those that come together in one go, and tries again what failed. */
export class Takeovers {
  readonly #options: TakeoversOptions;
  /** One after the other, so that two never hand the same partition to an egress. */
  #running: Promise<void> = Promise.resolve();
  /** Those the next go is for. */
  #waiting: Set<EgressPipeline> | undefined;
  /** When each that failed is tried again. */
  readonly #failed = new Map<EgressPipeline, number>();
  /** How often each failed in a row. */
  readonly #failures = new WeakMap<EgressPipeline, number>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: TakeoversOptions) {
    this.#options = options;
  }

  /** Takes over the groups of these egresses; resolves when it is done or has failed for now, see `EgressPipeline.problem`. */
  take(pipelines: Iterable<EgressPipeline>): Promise<void> {
    if (this.#waiting !== undefined) {
      for (const pipeline of pipelines) this.#waiting.add(pipeline);
      return this.#running;
    }
    const waiting = new Set(pipelines);
    this.#waiting = waiting;
    this.#running = this.#running.then(async () => {
      // Many egresses start at once: the first would otherwise go alone.
      await Promise.resolve();
      this.#waiting = undefined;
      const wanted = [...waiting].filter(this.#options.isServed);
      if (wanted.length > 0 && !this.#stopped) await this.#take(wanted);
    });
    return this.#running;
  }

  /** An egress does not read for now: says why, and tries again later. */
  blocked(pipeline: EgressPipeline, error: unknown): void {
    const { topic, logger, blockedRetryMs } = this.#options;
    const problem = error instanceof Error ? error.message : String(error);
    pipeline.takenOver.delete(topic);
    if (pipeline.problems.get(topic) !== problem) {
      pipeline.problems.set(topic, problem);
      const { uid, consumerGroup } = pipeline.plan;
      logger.warn('egress is blocked', { egressUid: uid, consumerGroup, error });
    }
    const failures = this.#failures.get(pipeline) ?? 0;
    this.#failures.set(pipeline, failures + 1);
    this.#failed.set(pipeline, performance.now() + Math.min(blockedRetryMs, firstRetryMs * 2 ** failures));
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#failed.size === 0) return;
    const delayMs = Math.max(0, Math.min(...this.#failed.values()) - performance.now());
    this.#timer = setTimeout(() => {
      const nowMs = performance.now();
      const again = [...this.#failed].filter(([, dueMs]) => dueMs <= nowMs + togetherMs).map(([pipeline]) => pipeline);
      for (const pipeline of again) this.#failed.delete(pipeline);
      this.#schedule();
      void this.take(again);
    }, delayMs);
  }

  /** Begins nothing more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #take(pipelines: readonly EgressPipeline[]): Promise<void> {
    const { connection, topic, isServed, letRead, positionsOf } = this.#options;
    try {
      const positions = await positionsOf(pipelines);
      const windows = this.#options.windows();
      const owned = windows.map((window) => window.partition);
      const results = await takeOverGroups(connection, topic, pipelines, owned, positions);
      for (const [pipeline, error] of results) {
        if (!isServed(pipeline) || this.#stopped) continue;
        if (error !== undefined) {
          this.blocked(pipeline, error);
          continue;
        }
        this.#failures.delete(pipeline);
        this.#failed.delete(pipeline);
        pipeline.problems.delete(topic);
        pipeline.takenOver.add(topic);
        const ofGroup = positions.groups.get(pipeline.plan.consumerGroup);
        for (const window of windows) {
          const position = ofGroup?.get(window.partition);
          if (position !== undefined) letRead(pipeline, window, position);
        }
      }
    } catch (error) {
      for (const pipeline of pipelines) this.blocked(pipeline, error);
    }
  }
}
