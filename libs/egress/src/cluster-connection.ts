import type { EventProducer, KafkaClients, KafkaCluster, OffsetStore, TopicAdmin } from '@eventing-kafka/kafka-client';

/** What all egresses of a cluster share; what is needed seldom is opened when it is needed first. */
export class ClusterConnection implements AsyncDisposable {
  readonly cluster: KafkaCluster;
  readonly offsets: OffsetStore;
  readonly topics: TopicAdmin;
  readonly #kafka: KafkaClients;
  #producer: Promise<EventProducer> | undefined;

  private constructor(kafka: KafkaClients, cluster: KafkaCluster, offsets: OffsetStore, topics: TopicAdmin) {
    this.#kafka = kafka;
    this.cluster = cluster;
    this.offsets = offsets;
    this.topics = topics;
  }

  /** Opens what is needed from the start. Rejects with a `KafkaError` when the cluster's settings are wrong, not when it is away. */
  static async open(kafka: KafkaClients, cluster: KafkaCluster): Promise<ClusterConnection> {
    await using opened = new AsyncDisposableStack();
    const offsets = opened.use(await kafka.offsets(cluster));
    const topics = opened.use(await kafka.topics(cluster));
    opened.move();
    return new ClusterConnection(kafka, cluster, offsets, topics);
  }

  /** The producer of replies. */
  readonly producer = (): Promise<EventProducer> => {
    this.#producer ??= this.#kafka.producer(this.cluster).catch((error: unknown) => {
      this.#producer = undefined;
      throw error;
    });
    return this.#producer;
  };

  async [Symbol.asyncDispose](): Promise<void> {
    const producer = await this.#producer?.catch(() => undefined);
    await Promise.all([
      producer?.[Symbol.asyncDispose](),
      this.topics[Symbol.asyncDispose](),
      this.offsets[Symbol.asyncDispose](),
    ]);
  }
}
