import { isDeepStrictEqual } from 'node:util';
import { judgeEventPolicy, keyText, summarizeConditions } from '@eventing-kafka/resources';
import type { ClusterWriter, PlanningOptions, ResourceKey, ResourceSource } from '@eventing-kafka/resources';
import { Dependencies } from '../dependencies.ts';
import { WorkQueue } from '../queue/work-queue.ts';
import type { WorkResult, WorkQueueOptions } from '../queue/work-queue.ts';

/** What keeping the statuses of EventPolicies works with. */
export interface EventPolicyKeeperOptions extends Pick<
  WorkQueueOptions<ResourceKey>,
  'minDelayMs' | 'maxDelayMs' | 'random'
> {
  readonly source: ResourceSource;
  readonly writer: Pick<ClusterWriter, 'applyStatus'>;
  readonly planning: PlanningOptions;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A status could not be written, and is tried again. */
  readonly failed: (key: ResourceKey, error: unknown) => void;
}

/** Policies looked at at once. */
const concurrency = 4;

/**
 * Writes into the status of each EventPolicy whom it admits and whether it is Ready (security 4.1), where nobody else does. What is admitted
 * follows from the policies themselves, and waits for none of this.
 */
export class EventPolicyKeeper implements AsyncDisposable {
  readonly #options: EventPolicyKeeperOptions;
  readonly #dependencies = new Dependencies<ResourceKey>();
  readonly #queue: WorkQueue<ResourceKey>;

  constructor(options: EventPolicyKeeperOptions) {
    this.#options = options;
    const { minDelayMs, maxDelayMs, random, failed } = options;
    this.#queue = new WorkQueue({
      text: keyText,
      minDelayMs,
      maxDelayMs,
      random,
      concurrency,
      failed,
      work: (key) => this.#look(key),
    });
  }

  /** An object is another than before: policies that it concerns are looked at. */
  changed(key: ResourceKey): void {
    if (key.kind === 'EventPolicy') this.#queue.add(key);
    for (const policy of this.#dependencies.of(key)) this.#queue.add(policy);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#queue[Symbol.asyncDispose]();
  }

  async #look(key: ResourceKey): Promise<WorkResult> {
    const { source, writer, planning, now } = this.#options;
    const policy = source.get('EventPolicy', key.namespace, key.name);
    if (policy === undefined || policy.metadata.deletionTimestamp !== undefined) {
      this.#dependencies.forget(key);
      return { kind: 'done' };
    }
    const view = this.#dependencies.tracked(source, key);
    const { from, conditions: marks } = judgeEventPolicy(policy, view, planning.features(view));
    if (view.isPending()) return { kind: 'done' };
    const { uid, generation } = policy.metadata;
    const conditions = summarizeConditions(marks, policy.status.conditions, new Date(now()).toISOString());
    const { ready: _ready, ...before } = policy.status;
    const status = { from, observedGeneration: generation, conditions };
    if (!isDeepStrictEqual(before, status)) await writer.applyStatus(key, uid, status);
    return { kind: 'done' };
  }
}
