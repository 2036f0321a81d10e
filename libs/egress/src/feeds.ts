import { randomBytes } from 'node:crypto';
import { KafkaError, type KafkaClients } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import { ClusterConnection } from './cluster-connection.ts';
import type { EgressLimits } from './egress-limits.ts';
import type { EgressPlan } from './egress-plan.ts';
import { OffsetCommits } from './offset-commits.ts';
import { RecordBudget } from './record-budget.ts';
import type { EgressPartition } from './egress-partition.ts';
import { SignsOfLife } from './signs-of-life.ts';
import { StallWatch } from './stall-watch.ts';
import { TopicFeed } from './topic-feed.ts';

/** What the feeds of a process share. */
export interface FeedsOptions {
  readonly kafka: KafkaClients;
  readonly logger: Logger;
  readonly limits: EgressLimits;
  readonly feedGroupPrefix: string;
}

interface Cluster {
  readonly connection: ClusterConnection;
  readonly commits: OffsetCommits;
  /** Those that are open. */
  readonly feeds: Set<TopicFeed>;
  /** Undefined when none are to be given. */
  readonly signs: SignsOfLife | undefined;
}

/** The feeds of a process, one for each topic of a cluster, and what they share; each lives as long as egresses use it. */
export class Feeds {
  readonly budget: RecordBudget;
  /** Of all egresses: who makes no progress. */
  readonly stalls: StallWatch<EgressPartition>;
  readonly #options: FeedsOptions;
  readonly #clusters = new Map<string, Promise<Cluster>>();
  readonly #feeds = new Map<string, Promise<TopicFeed>>();
  /** How many egresses use each feed. */
  readonly #users = new Map<string, number>();
  readonly #opened = new Set<Cluster>();
  readonly #closing = new Set<Promise<void>>();
  /** As this process is known among other members. No restart has the name of the one before. */
  readonly #memberName = `eventing-kafka-egresses-${randomBytes(6).toString('hex')}`;
  #closed = false;

  constructor(options: FeedsOptions) {
    this.#options = options;
    this.budget = new RecordBudget(options.limits.maxBufferedBytes);
    this.stalls = new StallWatch(options.limits.stallAfterMs);
  }

  /** Why only a new process can help, if so: reading or committing does not go on, although nothing is known to be wrong. */
  stuck(): string | undefined {
    const patienceMs = 2 * this.#options.limits.stallAfterMs;
    for (const { commits, feeds } of this.#opened) {
      if (commits.idleWithProgressMs() > patienceMs)
        return `offsets wait to be committed, and nothing was tried for more than ${Math.round(patienceMs / 1000)} s`;
      for (const feed of feeds) {
        const why = feed.stuck(patienceMs);
        if (why !== undefined) return why;
      }
    }
    return undefined;
  }

  /** The connection to the cluster of an egress. Rejects with a `KafkaError` when its settings are wrong. */
  async connection({ cluster, clusterKey }: EgressPlan): Promise<ClusterConnection> {
    return (await this.#cluster(cluster, clusterKey)).connection;
  }

  /** The feed of a topic, to be given back with {@link release}. Rejects with KAFKA_CLOSED once {@link close} was called. */
  async use(plan: EgressPlan, topic: string): Promise<TopicFeed> {
    if (this.#closed) throw closedError();
    const key = feedKey(plan, topic);
    let feed = this.#feeds.get(key);
    if (feed === undefined) {
      feed = this.#open(plan, topic);
      this.#feeds.set(key, feed);
    }
    this.#users.set(key, (this.#users.get(key) ?? 0) + 1);
    try {
      return await feed;
    } catch (error) {
      this.#users.delete(key);
      this.#feeds.delete(key);
      throw error;
    }
  }

  /** One egress of a feed less; the last one closes it. */
  release(plan: EgressPlan, topic: string): void {
    const key = feedKey(plan, topic);
    const users = (this.#users.get(key) ?? 0) - 1;
    this.#users.set(key, users);
    const feed = this.#feeds.get(key);
    if (users > 0 || feed === undefined) return;
    this.#users.delete(key);
    this.#feeds.delete(key);
    this.#closeLater(this.#closeFeed(plan, feed));
  }

  /** Closes all: deliveries under way get `waitMs`. Nothing is opened any more. */
  async close(waitMs: number): Promise<void> {
    this.#closed = true;
    const feeds = [...this.#feeds.values()];
    this.#feeds.clear();
    await Promise.allSettled(feeds.map(async (feed) => (await feed).close(waitMs)));
    await Promise.allSettled(this.#closing);
    const clusters = [...this.#clusters.values()];
    this.#clusters.clear();
    this.#opened.clear();
    await Promise.allSettled(
      clusters.map(async (cluster) => {
        const { commits, connection, signs } = await cluster;
        await signs?.[Symbol.asyncDispose]();
        // Together: the store answers what is under way within bounds once it is disposed, and only then.
        await Promise.all([commits[Symbol.asyncDispose](), connection[Symbol.asyncDispose]()]);
      }),
    );
  }

  async #open(plan: EgressPlan, topic: string): Promise<TopicFeed> {
    const { kafka, limits, logger, feedGroupPrefix } = this.#options;
    const { connection, commits, feeds } = await this.#cluster(plan.cluster, plan.clusterKey);
    const feed = await TopicFeed.start({
      kafka,
      connection,
      commits,
      topic,
      groupId: feedGroupPrefix + topic,
      memberName: this.#memberName,
      budget: this.budget,
      limits,
      logger,
    });
    feeds.add(feed);
    return feed;
  }

  async #closeFeed(plan: EgressPlan, opening: Promise<TopicFeed>): Promise<void> {
    const feed = await opening;
    await feed.close(0);
    (await this.#clusters.get(plan.clusterKey))?.feeds.delete(feed);
  }

  #cluster(cluster: EgressPlan['cluster'], key: string): Promise<Cluster> {
    const known = this.#clusters.get(key);
    if (known !== undefined) return known;
    // Replies of deliveries under way go on through a cluster that is open.
    if (this.#closed) return Promise.reject(closedError());
    const opening = this.#connect(cluster);
    this.#clusters.set(key, opening);
    opening.catch(() => this.#clusters.delete(key));
    return opening;
  }

  async #connect(cluster: EgressPlan['cluster']): Promise<Cluster> {
    const { kafka, limits, logger } = this.#options;
    const connection = await ClusterConnection.open(kafka, cluster);
    const commits = new OffsetCommits({ store: connection.offsets, schedule: limits, logger, now: Date.now });
    const feeds = new Set<TopicFeed>();
    const signs =
      limits.lifeIntervalMs === 0
        ? undefined
        : SignsOfLife.start({
            store: await kafka.offsets(cluster),
            topics: connection.topics,
            logger,
            // No topic can have this name.
            groupIdPrefix: `${this.#options.feedGroupPrefix}#alive-`,
            name: this.#memberName,
            feeds: () => [...feeds].map((feed) => feed.shared),
            intervalMs: limits.lifeIntervalMs,
          });
    const opened = { connection, commits, feeds, signs };
    this.#opened.add(opened);
    return opened;
  }

  #closeLater(closing: Promise<void>): void {
    const settled = closing.catch((error: unknown) => {
      this.#options.logger.warn('feed could not be closed in good order', { error });
    });
    this.#closing.add(settled);
    void settled.then(() => this.#closing.delete(settled));
  }
}

function closedError(): KafkaError {
  return new KafkaError('KAFKA_CLOSED', 'the egresses of this process are stopped');
}

function feedKey({ clusterKey }: EgressPlan, topic: string): string {
  return JSON.stringify([clusterKey, topic]);
}
