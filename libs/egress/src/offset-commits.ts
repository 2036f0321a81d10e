import type { OffsetStore } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type { EgressPartition } from './egress-partition.ts';

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

/**
 * Commits the progress of all egresses of a cluster, coalesced: what was delivered soon, what was only filtered later (nobody
 * sees it repeated), and what stands still often enough that Kafka does not forget it. One commit is under way at a time, so
 * that an older one never overtakes a newer one.
 */
export class OffsetCommits implements AsyncDisposable {
  readonly #store: OffsetStore;
  readonly #schedule: CommitSchedule;
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #moved = new Set<EgressPartition>();
  readonly #parts = new Set<EgressPartition>();
  #running: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

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
    this.#moved.add(part);
    this.#timer ??= setTimeout(() => this.#tick(), this.#schedule.commitIntervalMs);
  }

  /** Commits what these partitions have, after what is under way. Never rejects. */
  commitNow(parts: Iterable<EgressPartition>): Promise<void> {
    const wanted = [...parts];
    return this.#queue(() => this.#commit(wanted.filter((part) => part.tracker.revision !== part.committedRevision)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    clearInterval(this.#idleTimer);
    this.#timer = undefined;
    this.#moved.clear();
    this.#parts.clear();
    return this.#running;
  }

  #tick(): void {
    const startedMs = this.#now();
    const filteredBefore = startedMs - this.#schedule.filteredCommitIntervalMs;
    const due = [...this.#moved].filter(
      (part) => part.progress === 'delivered' || part.committedAtMs <= filteredBefore,
    );
    void this.#queue(() => this.#commit(due)).then(() => {
      if (this.#timer === undefined) return;
      this.#timer = undefined;
      if (this.#moved.size === 0) return;
      // Commits that take long are made less often, so that they never take most of the time.
      const delayMs = Math.max(this.#schedule.commitIntervalMs, 4 * (this.#now() - startedMs));
      this.#timer = setTimeout(() => this.#tick(), delayMs);
    });
  }

  #commitIdle(): void {
    const before = this.#now() - this.#schedule.idleCommitIntervalMs;
    void this.#queue(() => this.#commit([...this.#parts].filter((part) => part.committedAtMs <= before)));
  }

  #queue(work: () => Promise<void>): Promise<void> {
    this.#running = this.#running.then(work, work);
    return this.#running;
  }

  async #commit(parts: readonly EgressPartition[]): Promise<void> {
    const due = parts.filter((part) => !part.abandoned);
    if (due.length === 0) return;
    const revisions = due.map((part) => part.tracker.revision);
    const commits = due.map((part) => {
      this.#moved.delete(part);
      part.progress = 'none';
      const { offset, metadata } = part.tracker.committable();
      return {
        groupId: part.pipeline.plan.consumerGroup,
        topic: part.topic,
        partition: part.partition,
        offset,
        metadata,
      };
    });
    try {
      const results = await this.#store.commit(commits);
      const nowMs = this.#now();
      const failures = new Map(
        results.flatMap(({ groupId, topic, partition, error }) =>
          error === undefined ? [] : [[JSON.stringify([groupId, topic, partition]), error]],
        ),
      );
      for (const [index, part] of due.entries()) {
        const commit = commits[index];
        if (commit === undefined) continue;
        const error = failures.get(JSON.stringify([commit.groupId, commit.topic, commit.partition]));
        if (error !== undefined) {
          this.#again(part);
          part.refused(error);
          continue;
        }
        part.committedAtMs = nowMs;
        part.committedOffset = commit.offset;
        part.committedRevision = revisions[index] ?? part.committedRevision;
      }
    } catch (error) {
      this.#logger.warn('offsets could not be committed and are tried again', { groups: due.length, error });
      for (const part of due) this.#again(part);
    }
  }

  #again(part: EgressPartition): void {
    if (!this.#parts.has(part)) return;
    part.progress = 'delivered';
    this.moved(part);
  }
}
