import { isKafkaError, type OffsetCommit, type OffsetStore } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type { EgressPartition } from './egress-partition.ts';
import { withinMs } from './within.ts';

/** When progress is committed, in milliseconds; see `EgressLimits`. */
export interface CommitSchedule {
  readonly commitIntervalMs: number;
  readonly filteredCommitIntervalMs: number;
  readonly idleCommitIntervalMs: number;
}

/** What the commits of a cluster need. */
export interface OffsetCommitsOptions {
  readonly store: OffsetStore;
  readonly schedule: CommitSchedule;
  readonly logger: Logger;
  readonly now: () => number;
}

/** How long a round waits for its commits before the next one is planned; groups that are not answered by then sit out. */
const roundPatienceMs = 2_000;

/**
 * Commits the progress of all egresses of a cluster, coalesced: what was delivered soon, what was only filtered later (nobody
 * sees it repeated), and what stands still often enough that Kafka does not forget it. Each group is committed on its own, so
 * that one whose coordinator is away holds back no other; the store sees to it that an older commit of a group never overtakes
 * a newer one.
 */
export class OffsetCommits implements AsyncDisposable {
  readonly #store: OffsetStore;
  readonly #schedule: CommitSchedule;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #moved = new Set<EgressPartition>();
  readonly #parts = new Set<EgressPartition>();
  /** Groups with commits under way, and these. */
  readonly #underWay = new Map<string, Promise<boolean>>();
  /** By group: what failed since it was told last. */
  readonly #failures = new Map<string, unknown>();
  #timer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: OffsetCommitsOptions) {
    this.#store = options.store;
    this.#schedule = options.schedule;
    this.#logger = options.logger;
    this.#now = options.now;
  }

  /** A partition whose offsets are kept alive from now on. */
  follow(part: EgressPartition): void {
    this.#parts.add(part);
    this.#idleTimer ??= setInterval(
      () => this.#commitIdle(),
      Math.min(this.#schedule.idleCommitIntervalMs / 4, 2 ** 31 - 1),
    );
  }

  /** A partition that is not ours any more. What it had to commit was committed by {@link commitNow}. */
  unfollow(part: EgressPartition): void {
    this.#parts.delete(part);
    this.#moved.delete(part);
  }

  /** A partition has progress. */
  moved(part: EgressPartition): void {
    if (this.#closed) return;
    this.#moved.add(part);
    this.#timer ??= setTimeout(() => void this.#round(), this.#schedule.commitIntervalMs);
  }

  /** Commits what these partitions have, whatever is under way for other groups. Never rejects. */
  async commitNow(parts: Iterable<EgressPartition>): Promise<void> {
    await Promise.all(this.#commit([...parts].filter((part) => part.tracker.revision !== part.committedRevision)));
  }

  /** Begins nothing more; resolves when what is under way was answered, which disposing the store hastens. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearInterval(this.#idleTimer);
    this.#moved.clear();
    this.#parts.clear();
    await Promise.all(this.#underWay.values());
    this.#tellFailures('offsets could not be committed: what they cover may be delivered again');
  }

  async #round(): Promise<void> {
    const startedMs = this.#now();
    const filteredBefore = startedMs - this.#schedule.filteredCommitIntervalMs;
    const due = [...this.#moved].filter(
      (part) =>
        (part.progress === 'delivered' || part.committedAtMs <= filteredBefore) && !this.#underWay.has(groupOf(part)),
    );
    let lastCommittedMs = startedMs;
    const commits = this.#commit(due).map(async (commit) => {
      if (await commit) lastCommittedMs = this.#now();
    });
    await withinMs(roundPatienceMs, Promise.all(commits));
    if (this.#closed) return;
    this.#tellFailures('offsets could not be committed and are tried again');
    this.#timer = undefined;
    if (this.#moved.size === 0 && this.#underWay.size === 0) return;
    // Commits that take long are made less often, so that they never take most of the time.
    const delayMs = Math.max(this.#schedule.commitIntervalMs, 4 * (lastCommittedMs - startedMs));
    this.#timer = setTimeout(() => void this.#round(), delayMs);
  }

  #commitIdle(): void {
    const before = this.#now() - this.#schedule.idleCommitIntervalMs;
    const due = [...this.#parts].filter((part) => part.committedAtMs <= before && !this.#underWay.has(groupOf(part)));
    void Promise.all(this.#commit(due));
  }

  /** A commit for each group of these partitions; each resolves with whether Kafka has all of it. */
  #commit(parts: readonly EgressPartition[]): Promise<boolean>[] {
    const due = parts.filter((part) => !part.abandoned);
    return [...Map.groupBy(due, groupOf)].map(([groupId, ofGroup]) => {
      const commit = this.#commitGroup(groupId, ofGroup);
      const before = this.#underWay.get(groupId);
      const all = before === undefined ? commit : Promise.all([before, commit]).then(([, isDone]) => isDone);
      this.#underWay.set(groupId, all);
      void all.then(() => {
        if (this.#underWay.get(groupId) === all) this.#underWay.delete(groupId);
      });
      return commit;
    });
  }

  async #commitGroup(groupId: string, parts: readonly EgressPartition[]): Promise<boolean> {
    const commits = parts.map((part) => {
      this.#moved.delete(part);
      part.progress = 'none';
      const { offset, metadata } = part.tracker.committable();
      const commit = { groupId, topic: part.topic, partition: part.partition, offset, metadata };
      return { part, commit, revision: part.tracker.revision };
    });
    const errors = await this.#send(commits.map(({ commit }) => commit));
    const nowMs = this.#now();
    let isDone = true;
    for (const { part, commit, revision } of commits) {
      const error = errors(commit);
      if (error === undefined) {
        part.committedAtMs = nowMs;
        if (revision < part.committedRevision) continue;
        part.committedOffset = commit.offset;
        part.committedRevision = revision;
        continue;
      }
      isDone = false;
      this.#again(part);
      if (isKafkaError(error) && error.code === 'KAFKA_GROUP_HAS_MEMBERS') part.refused(error);
      else this.#failures.set(groupId, error);
    }
    return isDone;
  }

  /** Commits; answers what became of each. */
  async #send(commits: readonly OffsetCommit[]): Promise<(commit: OffsetCommit) => unknown> {
    try {
      const results = await this.#store.commit(commits);
      const errors = new Map(results.map(({ topic, partition, error }) => [`${partition} ${topic}`, error]));
      return ({ topic, partition }) => errors.get(`${partition} ${topic}`);
    } catch (error) {
      return () => error;
    }
  }

  #again(part: EgressPartition): void {
    if (!this.#parts.has(part)) return;
    part.progress = 'delivered';
    this.moved(part);
  }

  /** One line, however many groups it concerns. */
  #tellFailures(message: string): void {
    const [failure] = this.#failures;
    if (failure === undefined) return;
    const [consumerGroup, error] = failure;
    this.#logger.warn(message, { groups: this.#failures.size, consumerGroup, error });
    this.#failures.clear();
  }
}

function groupOf(part: EgressPartition): string {
  return part.pipeline.plan.consumerGroup;
}
