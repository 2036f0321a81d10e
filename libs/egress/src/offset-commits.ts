import { isKafkaError, type OffsetCommit, type OffsetStore } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import type { EgressPartition } from './egress-partition.ts';
import { overruledPartitions } from './overruled-partitions.ts';
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
 * Groups that only passed over events and are committed in one round. An event that thousands of triggers pass over would otherwise bring
 * thousands of commits at once; so at two rounds a second 1,000 of them take ten seconds.
 */
const filteredGroupsPerRound = 50;
/** Milliseconds between two looks at what is committed for those that stand still; those that move are looked at before each commit. */
const lookIntervalMs = 10_000;
/** How long a round waits for what is committed before it commits anyway. */
const lookPatienceMs = 1_000;

/**
 * Commits the progress of all egresses of a cluster, coalesced: what was delivered soon, what was only filtered later (nobody
 * sees it repeated), and what stands still often enough that Kafka does not forget it. Each group is committed on its own, so
 * that one whose coordinator is away holds back no other; the store sees to it that an older commit of a group never overtakes
 * a newer one.
 *
 * Nobody else commits to these groups but an operator who moves them, and what he says counts: before a commit, and from time to time when
 * there is none, it is read what is committed, and a partition that somebody else moved is told so instead of being committed.
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
  #lookTimer: NodeJS.Timeout | undefined;
  /** When a round began last, or nothing had to be committed. */
  #aliveMs: number;
  #closed = false;

  constructor(options: OffsetCommitsOptions) {
    this.#store = options.store;
    this.#schedule = options.schedule;
    this.#logger = options.logger;
    this.#now = options.now;
    this.#aliveMs = options.now();
  }

  /** Milliseconds for which there is progress to commit and no round was begun; 0 when there is none. */
  idleWithProgressMs(): number {
    return this.#moved.size === 0 ? 0 : Math.max(0, this.#now() - this.#aliveMs);
  }

  /** A partition whose offsets are kept alive from now on. */
  follow(part: EgressPartition): void {
    this.#parts.add(part);
    this.#idleTimer ??= setInterval(
      () => this.#commitIdle(),
      Math.min(this.#schedule.idleCommitIntervalMs / 4, 2 ** 31 - 1),
    );
    this.#lookTimer ??= setInterval(() => void this.#look(this.#parts), lookIntervalMs);
  }

  /** A partition that is not ours any more. What it had to commit was committed by {@link commitNow}. */
  unfollow(part: EgressPartition): void {
    this.#parts.delete(part);
    this.#moved.delete(part);
  }

  /** A partition has progress. */
  moved(part: EgressPartition): void {
    if (this.#closed) return;
    if (this.#moved.size === 0) this.#aliveMs = this.#now();
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
    clearInterval(this.#lookTimer);
    this.#moved.clear();
    this.#parts.clear();
    await Promise.all(this.#underWay.values());
    this.#tellFailures('offsets could not be committed: what they cover may be delivered again');
  }

  async #round(): Promise<void> {
    this.#aliveMs = this.#now();
    const looked = this.#due(this.#aliveMs);
    await withinMs(lookPatienceMs, this.#look(looked));
    const startedMs = this.#now();
    const due = looked.filter((part) => this.#moved.has(part) && !this.#underWay.has(groupOf(part)));
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

  /** What is to be committed now: all that was delivered, and some of what was only filtered, those first that wait longest. */
  #due(nowMs: number): readonly EgressPartition[] {
    const filteredBefore = nowMs - this.#schedule.filteredCommitIntervalMs;
    const filteredGroups = new Set<string>();
    return [...this.#moved].filter((part) => {
      const groupId = groupOf(part);
      if (this.#underWay.has(groupId)) return false;
      if (part.progress === 'delivered' || filteredGroups.has(groupId)) return true;
      if (part.committedAtMs > filteredBefore || filteredGroups.size >= filteredGroupsPerRound) return false;
      filteredGroups.add(groupId);
      return true;
    });
  }

  /** Tells partitions that were moved by somebody else. Never rejects: when Kafka does not say, nobody is told. */
  async #look(parts: Iterable<EgressPartition>): Promise<void> {
    const looked = [...parts].filter((part) => !part.abandoned && !this.#underWay.has(groupOf(part)));
    const overruled = await overruledPartitions(this.#store, looked).catch(() => []);
    for (const part of overruled) {
      // What was committed since is ours.
      if (part.abandoned || this.#underWay.has(groupOf(part)) || this.#closed) continue;
      this.#moved.delete(part);
      part.overruled();
    }
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
        part.isSigned = commit.metadata !== '';
        part.committedOffset = commit.offset;
        part.committedRevision = revision;
        continue;
      }
      isDone = false;
      // A failure says nothing of what Kafka has now: it may be this commit, or still the one before it.
      part.isSigned &&= commit.metadata !== '';
      if (isKafkaError(error) && error.code === 'KAFKA_TOO_LARGE') part.tracker.shortenMetadata(commit.metadata.length);
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
