import { silentLogger } from '@eventing-kafka/logging';
import type { Logger } from '@eventing-kafka/logging';
import type { KafkaCluster } from '../cluster.ts';
import type {
  EventProducer,
  FeedHandler,
  FeedOptions,
  KafkaClients,
  OffsetStore,
  ProducerSettings,
  ReaderOptions,
  RecordFeed,
  TopicAdmin,
} from '../interfaces.ts';
import { KafkaError } from '../kafka-error.ts';
import { consumerProperties } from '../rdkafka/consumer-properties.ts';
import { MemberFeed } from '../rdkafka/member-feed.ts';
import { RecordPump } from '../rdkafka/record-pump.ts';
import { SharedProducers } from '../producer/shared-producers.ts';
import { EmbeddedGroups } from './embedded-groups.ts';
import { MemoryOffsets, MemoryOffsetStore } from './memory-offset-store.ts';
import { MemoryTopicAdmin } from './memory-topic-admin.ts';
import { MockCluster } from './mock-cluster.ts';

/** What the embedded Kafka may be told. */
export interface EmbeddedKafkaOptions {
  /** Default 1. */
  readonly brokers?: number;
  readonly logger?: Logger;
}

/** A Kafka within this process. Disposing it closes its clients too. */
export interface EmbeddedKafka extends AsyncDisposable {
  /** Other processes on this machine can connect to it, with `createKafkaClients` for producing and fetching. */
  readonly bootstrapServers: string;
  /** Clients of this Kafka, whatever cluster they are asked for. */
  readonly clients: KafkaClients;
}

/**
 * Starts librdkafka's mock cluster: real connections and a real protocol over logs in memory. Producing and fetching are
 * those of real Kafka. Its limits: every topic has 4 partitions, appears on first use, and keeps its last 5 MB a partition;
 * offsets, topic management and groups are this process's own.
 */
export async function startEmbeddedKafka(options: EmbeddedKafkaOptions = {}): Promise<EmbeddedKafka> {
  const cluster = await MockCluster.start(options.brokers ?? 1);
  const clients = new EmbeddedClients(cluster, options.logger ?? silentLogger);
  return {
    bootstrapServers: cluster.bootstrapServers,
    clients,
    async [Symbol.asyncDispose]() {
      await clients[Symbol.asyncDispose]();
      await cluster[Symbol.asyncDispose]();
    },
  };
}

const clientId = 'eventing-kafka-embedded';
/** The mock cluster does not end a waiting fetch when a record arrives, so fetches hardly wait. */
const consumerOverrides = { 'fetch.wait.max.ms': 5, 'allow.auto.create.topics': true };

class EmbeddedClients implements KafkaClients {
  readonly #cluster: MockCluster;
  readonly #address: KafkaCluster;
  readonly #logger: Logger;
  readonly #producers: SharedProducers;
  readonly #groups = new EmbeddedGroups();
  readonly #offsets = new MemoryOffsets();
  readonly #deletedTopics = new Set<string>();
  readonly #feeds = new Set<AsyncDisposable>();
  #closed = false;

  constructor(cluster: MockCluster, logger: Logger) {
    this.#cluster = cluster;
    this.#address = { bootstrapServers: cluster.bootstrapServers };
    this.#logger = logger;
    this.#producers = new SharedProducers(clientId, logger);
  }

  producer(_cluster: KafkaCluster, settings: ProducerSettings = {}): Promise<EventProducer> {
    return new Promise((resolve) => {
      this.#checkOpen();
      resolve(this.#producers.acquire(this.#address, settings));
    });
  }

  async feed(_cluster: KafkaCluster, options: FeedOptions): Promise<RecordFeed> {
    this.#checkOpen();
    const { groupId, topic } = options;
    const partitionCount = await this.#cluster.touch(topic);
    const handler = this.#withOffsets(options);
    const feed = new MemberFeed({ ...options, handler }, this.#logger.child({ topic, groupId }));
    await feed.start(consumerProperties(this.#address, clientId, clientId, consumerOverrides), false);
    this.#feeds.add(feed);
    feed.onClosed = () => {
      this.#feeds.delete(feed);
      this.#groups.leave(groupId, topic, partitionCount, feed);
    };
    this.#groups.join(groupId, topic, partitionCount, feed);
    return feed;
  }

  async reader(_cluster: KafkaCluster, options: ReaderOptions): Promise<RecordFeed> {
    this.#checkOpen();
    await this.#cluster.touch(options.topic);
    const reader = new RecordPump(options.topic, { failed: (error) => options.failed?.(error) }, this.#logger);
    await reader.start(consumerProperties(this.#address, clientId, clientId, consumerOverrides), false);
    reader.add(options.positions);
    this.#feeds.add(reader);
    reader.onClosed = () => {
      this.#feeds.delete(reader);
    };
    return reader;
  }

  offsets(): Promise<OffsetStore> {
    return Promise.resolve(new MemoryOffsetStore(this.#offsets));
  }

  topics(): Promise<TopicAdmin> {
    return Promise.resolve(new MemoryTopicAdmin(this.#cluster, this.#offsets, this.#deletedTopics));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#feeds].map((feed) => feed[Symbol.asyncDispose]()));
    await this.#producers[Symbol.asyncDispose]();
  }

  #checkOpen(): void {
    if (this.#closed) throw new KafkaError('KAFKA_CLOSED', 'the clients of the embedded Kafka are closed');
  }

  /** Starts as offsets: librdkafka would look them up, half a second later when its connection is new. */
  #withOffsets(options: FeedOptions): FeedHandler {
    const { handler, topic } = options;
    return {
      assigned: async (partitions) => {
        const answer = await handler.assigned(partitions);
        const starts = partitions.map(async (partition): Promise<[number, number]> => {
          const start = answer.get(partition) ?? 'earliest';
          return [
            partition,
            typeof start === 'number' ? start : (await this.#cluster.watermarks(topic, partition))[start],
          ];
        });
        return new Map(await Promise.all(starts));
      },
      revoked: (partitions) => handler.revoked(partitions),
      lost: (partitions) => {
        handler.lost(partitions);
      },
      failed: (error) => {
        handler.failed(error);
      },
    };
  }
}
