import type { InitialOffsetsOutcome, TopicPlan } from '@eventing-kafka/resources';
import { fixInitialOffsets } from './initial-offsets.ts';
import type { StartPositions } from './initial-offsets.ts';
import { busyAgainMs } from './kafka-access.ts';
import type { KafkaAccess } from './kafka-access.ts';
import { pause } from '../queue/pause.ts';

/** Groups whose offsets are read and committed at once. */
const groupsAtOnce = 500;

/** What came of one group. */
export interface FirstOffsetsResult {
  readonly outcome: InitialOffsetsOutcome;
  /** It failed because the cluster does not answer. */
  readonly unreachable: boolean;
}

interface Waiting {
  readonly positions: StartPositions;
  /** By who asked. */
  readonly settled: Map<string, (result: FirstOffsetsResult) => void>;
}

/** The groups of one topic. */
interface Batch {
  readonly topic: TopicPlan;
  readonly waiting: Map<string, Waiting>;
  underWay: ReadonlyMap<string, Waiting>;
}

/**
 * Fixes the first offsets of many groups with few requests: those of one topic that are asked for while others are under way are done
 * together next. Nobody waits here: who asked is told.
 */
export class FirstOffsets implements AsyncDisposable {
  readonly #kafka: KafkaAccess;
  readonly #failed: (error: unknown) => void;
  readonly #batches = new Map<string, Batch>();
  readonly #running = new Set<Promise<void>>();
  readonly #stop = new AbortController();

  /** @param failed is told of what is a mistake of ours; those who asked get it as their outcome */
  constructor(kafka: KafkaAccess, failed: (error: unknown) => void) {
    this.#kafka = kafka;
    this.#failed = failed;
  }

  /** Asks for the offsets of a group on a topic. `settled` is called once, later; asking again before that replaces it. */
  ask(
    topic: TopicPlan,
    group: { readonly id: string; readonly positions: StartPositions },
    who: string,
    settled: (result: FirstOffsetsResult) => void,
  ): void {
    if (this.#stop.signal.aborted) return;
    const text = JSON.stringify([topic.bootstrapServers, topic.secret, topic.name]);
    const known = this.#batches.get(text);
    const batch = known ?? { topic, waiting: new Map<string, Waiting>(), underWay: new Map<string, Waiting>() };
    const asked = batch.underWay.get(group.id) ?? batch.waiting.get(group.id);
    if (asked !== undefined) {
      asked.settled.set(who, settled);
      return;
    }
    batch.waiting.set(group.id, { positions: group.positions, settled: new Map([[who, settled]]) });
    if (known !== undefined) return;
    this.#batches.set(text, batch);
    const running = this.#run(text, batch).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }

  async #run(text: string, batch: Batch): Promise<void> {
    const { signal } = this.#stop;
    // One turn of the loop: what is asked for in the same breath goes together.
    await Promise.resolve();
    while (batch.waiting.size > 0 && !signal.aborted) {
      const taken = [...batch.waiting].slice(0, groupsAtOnce);
      for (const [groupId] of taken) batch.waiting.delete(groupId);
      batch.underWay = new Map(taken);
      if (await this.#fix(batch)) continue;
      for (const [groupId, waiting] of taken) batch.waiting.set(groupId, waiting);
      batch.underWay = new Map();
      await pause(busyAgainMs, signal);
    }
    this.#batches.delete(text);
  }

  /** False: somebody is still finding out whether the cluster is there. */
  async #fix(batch: Batch): Promise<boolean> {
    const { topic, underWay } = batch;
    const groups = new Map([...underWay].map(([groupId, { positions }]) => [groupId, positions]));
    let resultOf: (groupId: string) => FirstOffsetsResult;
    try {
      const result = await fixInitialOffsets(this.#kafka, { cluster: topic, topic: topic.name, groups });
      if (result.kind === 'busy') return false;
      const { outcomes, unreachable } = result;
      resultOf = (groupId) => ({ outcome: outcomes.get(groupId) ?? { kind: 'done' }, unreachable });
    } catch (error) {
      this.#failed(error);
      const outcome = { kind: 'failed', message: error instanceof Error ? error.message : String(error) } as const;
      resultOf = () => ({ outcome, unreachable: false });
    }
    batch.underWay = new Map();
    for (const [groupId, { settled }] of underWay) for (const tell of settled.values()) tell(resultOf(groupId));
    return true;
  }
}
