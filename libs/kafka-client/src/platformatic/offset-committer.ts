import { ConnectionPool, offsetCommitV8, offsetCommitV9 } from '@platformatic/kafka';
import type { KafkaCluster } from '../cluster.ts';
import type { OffsetCommit, OffsetCommitResult } from '../interfaces.ts';
import { KafkaError } from '../kafka-error.ts';
import { kafkaErrorOfCode, textOfCode } from '../rdkafka/error-codes.ts';
import { connectionOptions } from './connection-options.ts';
import type { GroupCoordinators } from './group-coordinators.ts';
import { kafkaErrorOfPlatformatic, responseIn } from './platformatic-errors.ts';
import { untilDone } from './retry.ts';

/**
 * A commit takes some 5 ms at the broker, which waits for company, and a broker works on one request of a connection at a
 * time. So commits are spread over connections, opened as they are needed.
 */
const maxConnections = 8;
const noGeneration = -1;
const noMember = '';

type OffsetCommitRequestTopic = offsetCommitV9.OffsetCommitRequestTopic;
type OffsetCommitResponse = offsetCommitV9.OffsetCommitResponse;

interface QueuedCommit {
  commit: OffsetCommit;
  readonly settle: ((error: KafkaError | undefined) => void)[];
}

/** Commits of one group that wait, the latest of each partition. */
type GroupQueue = Map<string, QueuedCommit>;

/** Commits offsets of many groups, a request per group, each group once at a time. */
export class OffsetCommitter {
  readonly #cluster: KafkaCluster;
  readonly #clientId: string;
  readonly #coordinators: GroupCoordinators;
  readonly #closing = new AbortController();
  readonly #queues = new Map<string, GroupQueue>();
  /** Groups with something queued and nothing under way, in turn. */
  readonly #turn = new Set<string>();
  readonly #busy = new Set<string>();
  readonly #idlePools: ConnectionPool[] = [];
  #pools = 0;

  constructor(cluster: KafkaCluster, clientId: string, coordinators: GroupCoordinators) {
    this.#cluster = cluster;
    this.#clientId = clientId;
    this.#coordinators = coordinators;
  }

  /** Whether nothing is queued or under way. */
  get idle(): boolean {
    return this.#queues.size === 0 && this.#busy.size === 0;
  }

  /** Resolves when this commit, or a later one of the same group and partition, was answered. */
  commit(commit: OffsetCommit): Promise<OffsetCommitResult> {
    const { groupId, topic, partition } = commit;
    return new Promise((resolve) => {
      const settle = (error: KafkaError | undefined): void => {
        resolve(error === undefined ? { groupId, topic, partition } : { groupId, topic, partition, error });
      };
      const queue = this.#queues.get(groupId) ?? new Map<string, QueuedCommit>();
      this.#queues.set(groupId, queue);
      const key = `${partition} ${topic}`;
      const queued = queue.get(key);
      if (queued === undefined) queue.set(key, { commit, settle: [settle] });
      else {
        queued.commit = commit;
        queued.settle.push(settle);
      }
      if (!this.#busy.has(groupId)) this.#turn.add(groupId);
      // What is asked for in the same turn of the loop goes in the same request.
      queueMicrotask(this.#next);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const queue of this.#queues.values())
      settleAll(queue, new KafkaError('KAFKA_CLOSED', 'the offset store is closed'));
    this.#queues.clear();
    this.#turn.clear();
    await Promise.all(this.#idlePools.splice(0).map((pool) => pool.close()));
  }

  readonly #next = (): void => {
    for (const groupId of this.#turn) {
      const pool = this.#takePool();
      if (pool === undefined) return;
      this.#turn.delete(groupId);
      void this.#run(groupId, pool);
    }
  };

  #takePool(): ConnectionPool | undefined {
    const idle = this.#idlePools.pop();
    if (idle !== undefined || this.#pools >= maxConnections) return idle;
    this.#pools += 1;
    return new ConnectionPool(this.#clientId, connectionOptions(this.#cluster));
  }

  async #run(groupId: string, pool: ConnectionPool): Promise<void> {
    const queue = this.#queues.get(groupId);
    this.#queues.delete(groupId);
    if (queue !== undefined) {
      this.#busy.add(groupId);
      const { signal } = this.#closing;
      const context = `committing offsets of group ${groupId}`;
      try {
        const response = await untilDone(context, () => this.#attempt(groupId, queue, pool), signal);
        settleEach(groupId, queue, response);
      } catch (error) {
        settleAll(queue, kafkaErrorOfPlatformatic(error, context));
      }
      this.#busy.delete(groupId);
    }
    if (this.#closing.signal.aborted) {
      await pool.close().catch(() => undefined);
      return;
    }
    this.#idlePools.push(pool);
    if (this.#queues.has(groupId)) this.#turn.add(groupId);
    this.#next();
  }

  /** Undefined when the coordinator is elsewhere, or not there yet. */
  async #attempt(groupId: string, queue: GroupQueue, pool: ConnectionPool): Promise<OffsetCommitResponse | undefined> {
    try {
      const versions = await this.#coordinators.versions();
      const { found, refused } = await this.#coordinators.locate([groupId]);
      const refusal = refused.get(groupId);
      if (refusal !== undefined) throw refusal;
      const broker = found.get(groupId);
      if (broker === undefined) return undefined;
      const response = await send(await pool.get(broker), versions.commit, groupId, topicsOf(queue));
      const codes = response.topics.flatMap((topic) => topic.partitions.map((partition) => partition.errorCode));
      if (!codes.some((code) => code === 14 || code === 15 || code === 16)) return response;
      this.#coordinators.forget([groupId]);
      return undefined;
    } catch (error) {
      this.#coordinators.forget([groupId]);
      throw error;
    }
  }
}

async function send(
  connection: Awaited<ReturnType<ConnectionPool['get']>>,
  version: 8 | 9,
  groupId: string,
  topics: OffsetCommitRequestTopic[],
): Promise<OffsetCommitResponse> {
  try {
    if (version === 9) return await offsetCommitV9.api.async(connection, groupId, noGeneration, noMember, null, topics);
    return await offsetCommitV8.api.async(connection, groupId, noGeneration, noMember, null, topics);
  } catch (error) {
    const response = responseIn(error) as OffsetCommitResponse | undefined;
    if (response === undefined) throw error;
    return response;
  }
}

function topicsOf(queue: GroupQueue): OffsetCommitRequestTopic[] {
  const topics = new Map<string, OffsetCommitRequestTopic>();
  for (const { commit } of queue.values()) {
    const topic = topics.get(commit.topic) ?? { name: commit.topic, partitions: [] };
    topics.set(commit.topic, topic);
    topic.partitions.push({
      partitionIndex: commit.partition,
      committedOffset: BigInt(commit.offset),
      committedLeaderEpoch: -1,
      committedMetadata: commit.metadata,
    });
  }
  return [...topics.values()];
}

function settleEach(groupId: string, queue: GroupQueue, response: OffsetCommitResponse): void {
  for (const topic of response.topics) {
    for (const { partitionIndex, errorCode } of topic.partitions) {
      const queued = queue.get(`${partitionIndex} ${topic.name}`);
      if (queued === undefined) continue;
      const text = `committing partition ${partitionIndex} of ${topic.name} for group ${groupId}: ${textOfCode(errorCode)}`;
      const error = errorCode === 0 ? undefined : kafkaErrorOfCode(errorCode, text);
      for (const settle of queued.settle) settle(error);
    }
  }
}

function settleAll(queue: GroupQueue, error: KafkaError): void {
  for (const queued of queue.values()) for (const settle of queued.settle) settle(error);
}
