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
  /** Milliseconds until a group that has members is tried again. */
  readonly blockedRetryMs: number;
  /** Head windows of the partitions that are ours. */
  readonly windows: () => readonly EgressWindow[];
  readonly isServed: (pipeline: EgressPipeline) => boolean;
  /** Positions were read. */
  readonly looked: (positions: TopicPositions) => void;
  /** An egress may read the partition of this window, from this position on. */
  readonly letRead: (pipeline: EgressPipeline, window: EgressWindow, position: GroupPosition) => void;
}

const retryDelayMs = 1_000;

/** Takes over the groups of egresses, those that come together in one go, and tries again what failed. */
export class Takeovers {
  readonly #options: TakeoversOptions;
  /** One after the other, so that two never hand the same partition to an egress. */
  #running: Promise<void> = Promise.resolve();
  /** Those the next go is for. */
  #waiting: Set<EgressPipeline> | undefined;
  readonly #failed = new Set<EgressPipeline>();
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
  blocked(pipeline: EgressPipeline, error: unknown, delayMs: number): void {
    const { topic, logger } = this.#options;
    const problem = error instanceof Error ? error.message : String(error);
    pipeline.takenOver.delete(topic);
    if (pipeline.problems.get(topic) !== problem) {
      pipeline.problems.set(topic, problem);
      const { uid, consumerGroup } = pipeline.plan;
      logger.warn('egress is blocked', { egressUid: uid, consumerGroup, error });
    }
    this.#failed.add(pipeline);
    if (this.#stopped) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const again = [...this.#failed];
      this.#failed.clear();
      void this.take(again);
    }, delayMs);
  }

  /** Begins nothing more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #take(pipelines: readonly EgressPipeline[]): Promise<void> {
    const { connection, topic, blockedRetryMs, isServed, letRead, looked } = this.#options;
    const windows = this.#options.windows();
    try {
      const owned = windows.map((window) => window.partition);
      const { positions, results } = await takeOverGroups(connection, topic, pipelines, owned);
      looked(positions);
      for (const [pipeline, error] of results) {
        if (!isServed(pipeline) || this.#stopped) continue;
        if (error !== undefined) {
          this.blocked(pipeline, error, error.retriable ? retryDelayMs : blockedRetryMs);
          continue;
        }
        pipeline.problems.delete(topic);
        pipeline.takenOver.add(topic);
        const ofGroup = positions.groups.get(pipeline.plan.consumerGroup);
        for (const window of windows) {
          const position = ofGroup?.get(window.partition);
          if (position !== undefined) letRead(pipeline, window, position);
        }
      }
    } catch (error) {
      for (const pipeline of pipelines) this.blocked(pipeline, error, retryDelayMs);
    }
  }
}
