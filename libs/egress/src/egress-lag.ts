import { delayBeforeRetryMs } from '@eventing-kafka/delivery';
import type { EgressPartition } from './egress-partition.ts';
import type { EgressPipeline } from './egress-pipeline.ts';
import type { StallWatch } from './stall-watch.ts';

/** What a feed knows of how far an egress is behind in a partition. */
export interface LagSource {
  lag(part: EgressPartition): number;
  lagMs(part: EgressPartition, nowMs: number): number | undefined;
}

/** How far an egress is behind in the partitions of this process. */
export interface EgressLag {
  /** Records between what is finished and the ends. */
  readonly records: number;
  /** How long the oldest of them is there, in milliseconds; undefined: nothing is behind, or it is not known. */
  readonly oldestMs: number | undefined;
  /** Partitions that make no progress, ascending. */
  readonly stalled: readonly number[];
}

/** Looks at all partitions of an egress, once in a report: nothing is counted for every event. Undefined when it has none. */
export function egressLag(
  pipeline: EgressPipeline,
  feedOf: (topic: string) => LagSource | undefined,
  stalls: StallWatch<EgressPartition>,
  isHeldBack: boolean,
): EgressLag | undefined {
  if (pipeline.parts.size === 0) return undefined;
  let records = 0;
  let oldestMs: number | undefined;
  const stalled = new Set<number>();
  let steps = 0;
  for (const part of pipeline.parts) steps += part.tracker.revision;
  for (const part of pipeline.parts) {
    const feed = feedOf(part.topic);
    const behind = feed?.lag(part) ?? 0;
    records += behind;
    const partMs = feed?.lagMs(part, Date.now());
    if (partMs !== undefined) oldestMs = Math.max(oldestMs ?? 0, partMs);
    // Without room it waits for the others of its egress, whose steps are its own then.
    const waits = !pipeline.hasRoom(part);
    const watched = {
      // What a subscriber asked for, or the breaker decided, is no stall.
      isBehind: behind > 0 && !isHeldBack,
      step: waits ? steps : part.tracker.revision,
      allowanceMs: waits || part.taken > 0 ? longestAttemptMs(pipeline) : 0,
    };
    if (stalls.look(part, watched, performance.now())) stalled.add(part.partition);
  }
  return { records, oldestMs, stalled: [...stalled].sort((a, b) => a - b) };
}

/** The longest that a delivery which is under way may show nothing: one request, and the pause before the next. */
function longestAttemptMs({ plan }: EgressPipeline): number {
  const { attemptTimeoutMs, retry } = plan.delivery.policy;
  const pauseMs = delayBeforeRetryMs(retry, retry.retries, { statusCode: undefined }) ?? 0;
  return attemptTimeoutMs + Math.max(pauseMs, retry.retryAfterMaxMs ?? 0);
}
