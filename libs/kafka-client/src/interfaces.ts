import type { KafkaCluster } from './cluster.ts';
import type { KafkaError } from './kafka-error.ts';
import type { KafkaRecord, OutgoingRecord, RecordPosition } from './records.ts';

/** Settings of a producer. Producers with equal settings against equal clusters are one. */
export interface ProducerSettings {
  /** The longest a `send` may take, in milliseconds, 1000 to 900000. Default 10000. */
  readonly deliveryTimeoutMs?: number;
  /** How long a batch waits for company, in milliseconds, 0 to 900000. Default 0: while Kafka works on a batch, the next one gathers. */
  readonly lingerMs?: number;
  /** Bytes that may wait for acknowledgement; more is refused with KAFKA_QUEUE_FULL. Default 64 MiB. */
  readonly maxInFlightBytes?: number;
  /** Largest record in bytes. Default 1048576, as in the Java client. */
  readonly maxRecordBytes?: number;
  /** Default `none`. */
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
}

/** Sends records: idempotent, acknowledged by all in-sync replicas. Disposing waits for what is under way, at most the delivery time-out. */
export interface EventProducer extends AsyncDisposable {
  /** Resolves once Kafka acknowledged the record; rejects with a {@link KafkaError}, never later than the delivery time-out. */
  send(record: OutgoingRecord): Promise<RecordPosition>;
  /** Bytes of keys, values and headers sent and not yet acknowledged, by all that share this producer. */
  readonly inFlightBytes: number;
}

/** Where to begin reading a partition. */
export type StartPosition = number | 'earliest' | 'latest';

/** What a feed asks and tells its owner. */
export interface FeedHandler {
  /** Partitions that are now ours: answer where to start each one. Nothing of them is fetched before; those left out start at 'earliest'. */
  assigned(partitions: readonly number[]): Promise<ReadonlyMap<number, StartPosition>>;
  /** Partitions to give up: finish and commit. The feed lets go when this resolves, or after `revokeTimeoutMs`. */
  revoked(partitions: readonly number[]): Promise<void>;
  /** Partitions that are gone already (the session was lost): drop their state. */
  lost(partitions: readonly number[]): void;
  /** Trouble, for the log and the reported state. The feed goes on by itself when the error is retriable. */
  failed(error: KafkaError): void;
  /**
   * The log of a partition ends at `to`, and holds nothing that could be handed out from `from` on, which is where reading stood:
   * transaction markers, mostly. Not told when it ends with the last record, as nearly always.
   */
  reachedEnd?(partition: number, from: number, to: number): void;
}

/** Records of one topic, pulled. One `nextBatch` at a time. */
export interface RecordFeed extends AsyncDisposable {
  /**
   * The next records, at least one; an empty array once `signal` is aborted, or when the feed is disposed meanwhile. Rejects with
   * KAFKA_CLOSED when it was disposed before, so that a loop that does not know of it does not spin.
   */
  nextBatch(options: { readonly maxRecords: number; readonly signal: AbortSignal }): Promise<readonly KafkaRecord[]>;
  /** Stops fetching these partitions. Records already handed out are not recalled; none of them follow until `resume`. */
  pause(partitions: readonly number[]): void;
  /** Takes up fetching where `pause` left it. */
  resume(partitions: readonly number[]): void;
  /** Reads on from `offset`. Records of before the call are not delivered after it resolved. */
  seek(partition: number, offset: number): Promise<void>;
  /** The offset after the last record handed out, or where the partition starts; undefined when it is not ours. */
  position(partition: number): number | undefined;
}

/** Which committed offsets to read. */
export interface OffsetRequest {
  readonly groupId: string;
  readonly topic: string;
  readonly partitions: readonly number[];
}

/** A committed offset; `offset` is undefined when the group has none for the partition. */
export interface CommittedOffset {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number | undefined;
  readonly metadata: string;
  /** Why it could not be read. `offset` is undefined then, which does not mean that the group has none: look here first. */
  readonly error?: KafkaError;
}

/** An offset to commit: that of the next record to read. */
export interface OffsetCommit {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** At most `offset.metadata.max.bytes` of the broker (4096). */
  readonly metadata: string;
}

/** What became of an {@link OffsetCommit}: committed unless `error` is there. */
export interface OffsetCommitResult {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly error?: KafkaError;
}

/** Reads and commits offsets of any group, without being a member of it. */
export interface OffsetStore extends AsyncDisposable {
  /**
   * All groups in one request per coordinator, within 5 s. A group that cannot be read has its error in each of its rows and holds
   * back no other. Rejects with a {@link KafkaError} when Kafka says nothing about any of them.
   */
  fetch(requests: readonly OffsetRequest[]): Promise<readonly CommittedOffset[]>;
  /**
   * Every commit has its own result; never rejects. Commits of one group are made one after the other, the latest of a partition
   * standing for those that wait; of many groups, eight at a time, each with 5 s. So while Kafka is away, 64 groups take up to 40 s.
   * Disposing the store gives what is under way 3 s, then answers the rest with KAFKA_CLOSED.
   */
  commit(commits: readonly OffsetCommit[]): Promise<readonly OffsetCommitResult[]>;
}

/** A topic to create. */
export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config?: Readonly<Record<string, string>>;
}

/** What a topic is. */
export interface TopicDescription {
  readonly name: string;
  readonly partitions: number;
  /** Replicas of its first partition. */
  readonly replicationFactor: number;
  /** Tells it from one of the same name that was there before or comes later, as Kafka's own tools write it; absent: Kafka does not say. */
  readonly id?: string;
}

/**
 * Manages topics and groups. All calls reject with a {@link KafkaError} within 5 s, but `create` and `offsets`, which ask twice,
 * within 10 s.
 */
export interface TopicAdmin extends AsyncDisposable {
  /** Creates the topic, or says that one of this name is there. */
  create(topic: NewTopic): Promise<'created' | 'exists'>;
  /** Undefined when there is no such topic. Never creates one. */
  describe(name: string): Promise<TopicDescription | undefined>;
  /** Those topics that are there, by name, in one request. Never creates one. */
  describeAll(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>>;
  /** What is set for these keys of a topic's configuration, defaults of the cluster included; a key that Kafka does not know is absent. */
  config(name: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Deletes the topic; fine when there is none. */
  delete(name: string): Promise<void>;
  /** First offset ('earliest') or the one after the last ('latest') of every partition. */
  offsets(name: string, at: 'earliest' | 'latest'): Promise<ReadonlyMap<number, number>>;
  /** Deletes a group and its offsets; fine when there is none. KAFKA_GROUP_HAS_MEMBERS while it is in use. */
  deleteGroup(groupId: string): Promise<void>;
  /**
   * Ends the membership of those whose `client.id` is one of these, as if they had left, so that others need not wait until their session
   * is over. How many there were; 0 also where groups tell nothing of their members.
   */
  removeMembers(groupId: string, clientIds: readonly string[]): Promise<number>;
}

/** How to join a group. */
export interface FeedOptions {
  readonly topic: string;
  readonly groupId: string;
  readonly handler: FeedHandler;
  /** How long `revoked` may take, in milliseconds. Default 5000. */
  readonly revokeTimeoutMs?: number;
  /** `client.id` of this member, for whoever tells it from other members. Default: that of all clients. */
  readonly clientId?: string;
}

/** Which partitions to read, from where, outside any group. */
export interface ReaderOptions {
  readonly topic: string;
  readonly positions: ReadonlyMap<number, number>;
  /** Trouble, as in {@link FeedHandler.failed}. */
  readonly failed?: (error: KafkaError) => void;
  /** As {@link FeedHandler.reachedEnd}. */
  readonly reachedEnd?: (partition: number, from: number, to: number) => void;
}

/** A driver: opens the four interfaces against clusters. Nothing waits for a connection; trouble is reported by what is used. */
export interface KafkaClients extends AsyncDisposable {
  /** Shared by (cluster, settings) and counted: disposing gives back one reference. KAFKA_INVALID_CONFIG rejects at once. */
  producer(cluster: KafkaCluster, settings?: ProducerSettings): Promise<EventProducer>;
  /** Joins `groupId` (cooperative-sticky) and shares the topic's partitions with its other members. */
  feed(cluster: KafkaCluster, options: FeedOptions): Promise<RecordFeed>;
  /** Reads fixed partitions without a group, for catching up. */
  reader(cluster: KafkaCluster, options: ReaderOptions): Promise<RecordFeed>;
  /** Offsets of any group. */
  offsets(cluster: KafkaCluster): Promise<OffsetStore>;
  /** Topics and groups. */
  topics(cluster: KafkaCluster): Promise<TopicAdmin>;
}
