import { isKafkaError, type KafkaClients, type RecordFeed, type StartPosition } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import { CatchUp } from './catch-up.ts';
import type { ClusterConnection } from './cluster-connection.ts';
import type { EgressLimits } from './egress-limits.ts';
import { EgressPartition, type EgressWindow, type GroupPosition, type PartitionHost } from './egress-partition.ts';
import type { EgressPipeline } from './egress-pipeline.ts';
import { feedStart, type TopicPositions } from './group-positions.ts';
import type { HeldRecord } from './held-record.ts';
import type { OffsetCommits } from './offset-commits.ts';
import { PartitionWindow } from './partition-window.ts';
import { RecordTimes } from './record-times.ts';
import { positionsOf } from './group-takeover.ts';
import { HeadReader } from './head-reader.ts';
import { ReadingWatch } from './reading-watch.ts';
import type { RecordBudget } from './record-budget.ts';
import type { SharedFeed } from './signs-of-life.ts';
import { Takeovers } from './takeovers.ts';
import { TopicIdentity } from './topic-identity.ts';
import { withinMs } from './within.ts';

/** What the feed of a topic works with. */
export interface TopicFeedOptions {
  readonly kafka: KafkaClients;
  readonly connection: ClusterConnection;
  readonly commits: OffsetCommits;
  readonly topic: string;
  /** Group whose members share the partitions among them; says nothing about the offsets of egresses. */
  readonly groupId: string;
  /** Name of this process among the members of the group. */
  readonly memberName: string;
  readonly budget: RecordBudget;
  readonly limits: EgressLimits;
  readonly logger: Logger;
}

/** Egresses at most this many records behind the furthest decide where a feed starts; others catch up. */
const nearRecords = 10_000;
const retryDelayMs = 1_000;
/** What a commit at the end may take beside the deliveries' own time. */
const commitGraceMs = 2_000;

/**
 * Reads one topic for all its egresses: each record is fetched and held once. Which partitions are ours is decided in the group
 * of the feed; each egress's progress is committed to the egress's own group.
 *
 * ```text
 *  assigned ──▶ positions of all groups ──▶ head window ──▶ groups taken over ──▶ egresses read
 *                                                │ records                          │ too slow: out of the window
 *                                                ▼                                  ▼
 *                                           next batch ◀── an egress has room ── catching up ──▶ back at the head
 *  log begins below what was read, or the topic is another of the same name
 *                                     ──▶ all given up ──▶ new head window ──▶ groups taken over, from its start
 *  group moved by an operator ──▶ its egress gives up ──▶ group taken over, from where it was moved to
 *  revoked ──▶ nothing new begins ──▶ wait for deliveries, bounded ──▶ commit ──▶ let go
 * ```
 */
export class TopicFeed {
  readonly topic: string;
  readonly pipelines = new Set<EgressPipeline>();
  readonly #options: TopicFeedOptions;
  readonly #logger: Logger;
  readonly #heads: HeadReader;
  readonly #closing = new AbortController();
  readonly #catchUp: CatchUp;
  readonly #takeovers: Takeovers;
  /** Partitions whose log went back: where it begins now, and who has yet to start there. */
  readonly #restarts = new Map<number, { readonly offset: number; readonly waiting: Set<EgressPipeline> }>();
  readonly #identity = new TopicIdentity();
  /** Egresses that were served before the topic was made anew. */
  readonly #olderThanTopic = new WeakSet<EgressPipeline>();
  readonly #times = new Map<number, RecordTimes>();
  /** Where each partition ended when it was last looked at. */
  #ends: ReadonlyMap<number, number> = new Map();
  readonly #readingWatch: ReadingWatch;
  #feed: RecordFeed | undefined;
  #running: Promise<void> | undefined;
  #lagTimer: NodeJS.Timeout | undefined;
  /** Resolves when deliveries under way get no more time. */
  readonly #cut = Promise.withResolvers<undefined>();
  readonly #ending = new Set<Promise<void>>();
  /** Partitions of egresses that are ending, also of those that are not served any more. */
  readonly #endingParts = new Set<EgressPartition>();
  /** Trouble that keeps the whole feed from reading, for a person. */
  problem: string | undefined;
  /** Whether only records that come show that the trouble is over. */
  #needsRecords = false;

  private constructor(options: TopicFeedOptions) {
    this.topic = options.topic;
    this.#readingWatch = new ReadingWatch(options.topic);
    this.#options = options;
    this.#logger = options.logger.child({ topic: options.topic });
    const { limits, budget, kafka, connection } = options;
    this.#heads = new HeadReader({
      budget,
      limits,
      recovered: () => {
        this.problem = undefined;
      },
      failed: (error) => {
        this.#failed(error);
      },
      wentBack: (partition, offset) => {
        this.#restart(partition, offset);
      },
    });
    this.#catchUp = new CatchUp({
      topic: options.topic,
      budget,
      logger: this.#logger,
      maxBatchRecords: limits.maxBatchRecords,
      // A quarter: there may be as many as egresses.
      maxLeadBytes: limits.maxLeadBytes / 4,
      openReader: (positions) =>
        kafka.reader(connection.cluster, {
          topic: options.topic,
          positions,
          failed: (error) => this.#failed(error),
          reachedEnd: (partition, from, to) => this.#catchUp.reachedEnd(partition, from, to),
        }),
      headOf: (partition) => this.#heads.windowOf(partition),
      createWindow: (partition, offset) => this.#window(partition, offset),
      wentBack: (partition, offset) => {
        this.#restart(partition, offset);
      },
    });
    this.#takeovers = new Takeovers({
      connection,
      topic: options.topic,
      logger: this.#logger,
      blockedRetryMs: limits.blockedRetryMs,
      windows: () => this.#heads.partitions.flatMap((partition) => this.#heads.windowOf(partition) ?? []),
      isServed: (pipeline) => this.pipelines.has(pipeline),
      positionsOf: (pipelines) => this.#positionsOf(pipelines),
      letRead: (pipeline, window, position) => {
        this.#letRead(pipeline, window, position);
      },
    });
  }

  /** Joins the group of the feed. Rejects with a `KafkaError` when that cannot even be tried. */
  static async start(options: TopicFeedOptions): Promise<TopicFeed> {
    const feed = new TopicFeed(options);
    await feed.#start();
    return feed;
  }

  async #start(): Promise<void> {
    const { kafka, connection, topic, groupId, memberName, limits } = this.#options;
    this.#feed = await kafka.feed(connection.cluster, {
      topic,
      groupId,
      clientId: memberName,
      revokeTimeoutMs: limits.revokeTimeoutMs + commitGraceMs + 1_000,
      handler: {
        assigned: (partitions) => this.#assigned(partitions),
        revoked: (partitions) => this.#giveUp(partitions, limits.revokeTimeoutMs),
        lost: (partitions) => {
          this.#drop(partitions);
        },
        failed: (error) => {
          this.#failed(error);
        },
        reachedEnd: (partition, from, to) => {
          this.#heads.reachedEnd(partition, from, to);
        },
      },
    });
    this.#running = this.#heads.run(this.#feed, this.#closing.signal);
    this.#lagTimer = setInterval(() => void this.#lookAtEnds(), limits.lagIntervalMs);
  }

  /**
   * Serves these egresses from now on. Resolves when their groups were taken over, that is when their positions are committed
   * in every partition, or when that failed for now: see `EgressPipeline.problem`.
   */
  attach(pipelines: readonly EgressPipeline[]): Promise<void> {
    for (const pipeline of pipelines) this.pipelines.add(pipeline);
    return this.#takeovers.take(pipelines);
  }

  /** Stops serving an egress: waits for its deliveries, at most `waitMs`, and commits. */
  async detach(pipeline: EgressPipeline, waitMs: number): Promise<void> {
    this.pipelines.delete(pipeline);
    await this.#end(this.#partsOf(pipeline), waitMs);
    this.#heads.requestReview(true);
  }

  /** Its group, for those who watch over its other members. */
  get shared(): SharedFeed {
    const { groupId } = this.#options;
    return { topic: this.topic, groupId, partitionCount: this.#ends.size };
  }

  /** Tries groups again that could not be taken over. */
  retry(pipeline: EgressPipeline): Promise<void> {
    return this.#takeovers.take([pipeline]);
  }

  /** Records between what is finished and the end of a partition. */
  lag(part: EgressPartition): number {
    const end = Math.max(this.#ends.get(part.partition) ?? 0, this.#heads.windowOf(part.partition)?.nextOffset ?? 0);
    return Math.max(0, end - (part.tracker.position - part.tracker.ahead));
  }

  /** By how many milliseconds an egress is behind in a partition: the age of its oldest unfinished record. Undefined: not behind, or not known. */
  lagMs(part: EgressPartition, nowMs: number): number | undefined {
    if (this.lag(part) === 0) return undefined;
    const writtenMs = this.#times.get(part.partition)?.at(part.tracker.position - part.tracker.ahead);
    return writtenMs === undefined ? undefined : Math.max(0, nowMs - writtenMs);
  }

  /**
   * Why only a new process can help, if so: for `patienceMs` egresses waited for records that Kafka, which answers, says are there, and
   * none came.
   */
  stuck(patienceMs: number): string | undefined {
    return this.#readingWatch.stuck(patienceMs);
  }

  /** Takes note of what waits to be read, each time Kafka said how far there is something. */
  #watchReading(): void {
    const { cluster } = this.#options.connection;
    // A transaction that stays open keeps what lies behind it from being read, and no new process would read it.
    const isOpenToRead = cluster.properties?.['isolation.level'] !== 'read_committed';
    const waiting = this.problem === undefined && isOpenToRead ? this.#heads.waiting : [];
    this.#readingWatch.look(waiting, this.#ends);
  }

  /** Gives everything up: waits for deliveries, at most `waitMs`, commits and leaves the group. */
  async close(waitMs: number): Promise<void> {
    this.#closing.abort();
    this.#takeovers.stop();
    clearInterval(this.#lagTimer);
    const cutTimer = setTimeout(() => this.#cut.resolve(undefined), waitMs);
    await this.#giveUp(this.#heads.partitions, waitMs);
    await Promise.all(this.#ending);
    clearTimeout(cutTimer);
    await this.#running;
    await this.#catchUp[Symbol.asyncDispose]();
    await this.#feed?.[Symbol.asyncDispose]();
  }

  readonly #host: PartitionHost = {
    evicted: (part) => this.#catchUp.adopt(part),
    moved: (part) => this.#options.commits.moved(part),
    roomier: (part) => {
      if (part.catchingUp) this.#catchUp.wake();
      else this.#heads.requestReview(part.isHungry());
    },
    refused: (part, error) => {
      // Somebody else works for the group: whatever we delivered from now on would be delivered twice.
      for (const other of this.#partsOf(part.pipeline)) this.#abandon(other);
      this.#takeovers.blocked(part.pipeline, error);
    },
    overruled: (part) => {
      const { uid, consumerGroup } = part.pipeline.plan;
      const { partition } = part;
      this.#logger.info('offsets were moved by somebody else; it goes on there', {
        egressUid: uid,
        consumerGroup,
        partition,
      });
      this.#abandon(part);
      void this.#takeovers.take([part.pipeline]);
    },
  };

  async #assigned(partitions: readonly number[]): Promise<ReadonlyMap<number, StartPosition>> {
    const positions = await this.#readPositions();
    const starts = new Map<number, StartPosition>();
    // A feed that closes does not wait for us: partitions taken now would never be given up.
    if (positions === undefined || this.#closing.signal.aborted) return starts;
    for (const partition of partitions) {
      const standings = [...positions.groups.values()].flatMap((ofGroup) => ofGroup.get(partition)?.offset ?? []);
      const start = feedStart(standings, nearRecords) ?? positions.ends.get(partition) ?? 0;
      this.#identity.reads(partition, positions.topicId);
      this.#heads.own(this.#window(partition, start));
      starts.set(partition, start);
    }
    this.#logger.info('partitions assigned', { partitions });
    void this.#takeovers.take(this.pipelines);
    return starts;
  }

  /** Positions of all egresses; tried until they are there or the feed closes. */
  async #readPositions(): Promise<TopicPositions | undefined> {
    while (!this.#closing.signal.aborted) {
      try {
        return await this.#positionsOf(this.pipelines);
      } catch (error) {
        this.#failed(error, true);
        await new Promise((resolve) => setTimeout(resolve, retryDelayMs));
      }
    }
    return undefined;
  }

  async #positionsOf(pipelines: Iterable<EgressPipeline>): Promise<TopicPositions> {
    const wanted = [...pipelines];
    for (;;) {
      const positions = await positionsOf(this.#options.connection, this.topic, wanted, (pipeline) =>
        this.#olderThanTopic.has(pipeline),
      );
      // If it is found to be another topic just now, where its egresses start is to be looked at again.
      if (!this.#looked(positions.ends, positions.topicId)) return positions;
    }
  }

  /** Lets an egress read a partition, at the head if it is there, else it catches up first. */
  #letRead(pipeline: EgressPipeline, head: EgressWindow, position: GroupPosition): void {
    const { partition } = head;
    // Meanwhile the partition may be somebody else's, or the egress may have it already.
    if (this.#heads.windowOf(partition) !== head) return;
    if (this.#partsOf(pipeline).some((part) => part.partition === partition)) return;
    const place = { pipeline, topic: this.topic, topicId: this.#identity.id, partition, nowMs: Date.now() };
    const restart = this.#restarts.get(partition);
    const start = restart?.waiting.delete(pipeline) === true ? { offset: restart.offset, metadata: '' } : undefined;
    const part = new EgressPartition(place, start ?? position, this.#host);
    pipeline.parts.add(part);
    this.#options.commits.follow(part);
    if (start !== undefined) part.commitStart();
    if (head.covers(part.nextOffset)) part.enter(head, false);
    else this.#catchUp.adopt(part);
    part.proceed();
    this.#heads.requestReview(true);
  }

  /**
   * The log of a partition begins below what was read of it: it was cut, or the topic was made anew. Nothing we know of it holds
   * any more, least of all committed offsets, which the log may have grown past again. So that nothing is skipped, every egress
   * starts at its first record.
   */
  #restart(partition: number, offset: number): void {
    if (this.#heads.windowOf(partition) === undefined) return;
    this.#logger.warn('log of a partition went back; it is delivered from its first record', { partition, offset });
    this.#restarts.set(partition, { offset, waiting: new Set(this.pipelines) });
    // That of the new log, if it is one, comes with the positions that are read now.
    this.#identity.reads(partition, undefined);
    this.#readAnew([partition], offset);
  }

  /** Gives up all that is read of partitions, and begins again at `offset`. */
  #readAnew(partitions: readonly number[], offset: number): void {
    for (const part of this.#partsIn(partitions)) this.#abandon(part);
    for (const partition of partitions) {
      this.#catchUp.release(partition);
      this.#times.delete(partition);
      this.#heads.restart(this.#window(partition, offset));
    }
    void this.#takeovers.take(this.pipelines);
  }

  /**
   * Kafka names the topic by this id. A partition that was read of another one has a new log, whatever its offsets are: its egresses
   * start where they stand in the new topic, which is its first record unless they were there already. Whether it is another one.
   */
  #isNow(topicId: string | undefined): boolean {
    const { isAnother, remade } = this.#identity.told(topicId, this.#heads.partitions);
    if (isAnother) {
      for (const pipeline of this.pipelines) this.#olderThanTopic.add(pipeline);
      this.#logger.warn('topic was made anew; it is delivered from its first record', { partitions: remade, topicId });
    }
    if (remade.length > 0) this.#readAnew(remade, 0);
    return isAnother;
  }

  /** Gives partitions up in good order. */
  async #giveUp(partitions: readonly number[], waitMs: number): Promise<void> {
    // Those that were given up by closing are revoked again when the group is left.
    const owned = partitions.filter((partition) => this.#heads.windowOf(partition) !== undefined);
    for (const partition of partitions) this.#heads.leave(partition);
    await this.#end(this.#partsIn(partitions), waitMs);
    this.#forget(partitions);
    if (owned.length > 0) this.#logger.info('partitions given up', { partitions: owned });
  }

  /** Partitions are somebody else's already. */
  #drop(partitions: readonly number[]): void {
    for (const part of this.#partsIn(partitions)) this.#abandon(part);
    this.#forget(partitions);
    this.#logger.warn('partitions lost', { partitions });
  }

  #forget(partitions: readonly number[]): void {
    for (const partition of partitions) {
      this.#catchUp.release(partition);
      this.#heads.disown(partition);
      this.#restarts.delete(partition);
      this.#identity.forget(partition);
      this.#times.delete(partition);
    }
  }

  #end(parts: readonly EgressPartition[], waitMs: number): Promise<void> {
    const ending = this.#endAll(parts, waitMs);
    this.#ending.add(ending);
    return ending.finally(() => this.#ending.delete(ending));
  }

  async #endAll(parts: readonly EgressPartition[], waitMs: number): Promise<void> {
    if (parts.length === 0) return;
    for (const part of parts) {
      part.pipeline.end(part);
      this.#endingParts.add(part);
    }
    const drained = Promise.all(parts.map((part) => part.pipeline.drained(part)));
    await withinMs(waitMs, Promise.race([drained, this.#cut.promise]));
    await withinMs(commitGraceMs, this.#options.commits.commitNow(parts));
    for (const part of parts) this.#abandon(part);
  }

  /** What still comes of it does not count. */
  #abandon(part: EgressPartition): void {
    part.abandoned = true;
    part.pipeline.end(part);
    part.lifetime.abort();
    part.pipeline.parts.delete(part);
    this.#endingParts.delete(part);
    this.#options.commits.unfollow(part);
  }

  #partsOf(pipeline: EgressPipeline): EgressPartition[] {
    return [...pipeline.parts].filter((part) => part.topic === this.topic);
  }

  /** Those of egresses we serve, and of those that leave and have not ended yet. */
  #partsIn(partitions: readonly number[]): EgressPartition[] {
    const served = [...this.pipelines].flatMap((pipeline) => this.#partsOf(pipeline));
    return [...new Set([...served, ...this.#endingParts])].filter((part) => partitions.includes(part.partition));
  }

  #window(partition: number, offset: number): EgressWindow {
    const window: EgressWindow = new PartitionWindow(partition, offset, this.#options.budget, {
      undecodable: (held) => this.#undecodable(held),
      skipped: (count) => {
        for (const part of window.cursors) part.pipeline.meters.skipped(count);
      },
      appended: (first, last) => {
        this.#readingWatch.came();
        let times = this.#times.get(partition);
        if (times === undefined) this.#times.set(partition, (times = new RecordTimes()));
        times.observe(first.offset, first.timestampMs);
        times.observe(last.offset, last.timestampMs);
      },
    });
    return window;
  }

  #undecodable({ record, problem }: HeldRecord): void {
    this.#logger.error('record is no CloudEvent and is passed over', {
      partition: record.partition,
      offset: record.offset,
      error: problem,
    });
  }

  #failed(error: unknown, whileLooking = false): void {
    const problem = error instanceof Error ? error.message : String(error);
    if (this.problem === problem) return;
    // Whoever may not read a topic may look at it all the same.
    const mayPass = isKafkaError(error) && error.retriable && error.code !== 'KAFKA_AUTHORIZATION';
    this.#needsRecords = !whileLooking && !mayPass;
    this.problem = problem;
    this.#logger[isKafkaError(error) && error.retriable ? 'warn' : 'error']('feed reports trouble', { error });
  }

  async #lookAtEnds(): Promise<void> {
    try {
      const { topics } = this.#options.connection;
      const description = await topics.describe(this.topic);
      this.#looked(await topics.offsets(this.topic, 'latest'), description?.id);
      this.#watchReading();
    } catch (error) {
      this.#readingWatch.lookedInVain();
      this.#failed(error, true);
    }
  }

  /** Kafka answers: on a topic that is idle nothing else shows that trouble is over. Whether the topic is another one now. */
  #looked(ends: ReadonlyMap<number, number>, topicId: string | undefined): boolean {
    this.#ends = ends;
    if (!this.#needsRecords) this.problem = undefined;
    return this.#isNow(topicId);
  }
}
