import type {
  EventProducer,
  KafkaClients,
  KafkaCluster,
  OutgoingRecord,
  ProducerSettings,
  RecordPosition,
  TopicAdmin,
} from '@eventing-kafka/kafka-client';

/**
 * `KafkaClients` whose producers do what a test says, for what a real Kafka cannot be made to do on demand: acknowledge late,
 * fail in a certain way, never answer. It shares and counts producers as the real one does.
 */
export class ScriptedKafka implements KafkaClients {
  /** What was sent, in order. */
  readonly sent: OutgoingRecord[] = [];
  /** How a send ends. */
  onSend: (record: OutgoingRecord) => Promise<RecordPosition> = () =>
    Promise.resolve({ partition: 0, offset: this.sent.length - 1 });
  /** How opening a producer ends. */
  onOpen: (cluster: KafkaCluster) => Promise<void> = () => Promise.resolve();
  /** How Kafka answers who asks about a topic. */
  onDescribe: (cluster: KafkaCluster) => Promise<undefined> = () => Promise.resolve(undefined);
  created = 0;
  readonly #references = new Map<string, number>();

  /** Producers in use. */
  get alive(): number {
    return this.#references.size;
  }

  async producer(cluster: KafkaCluster, settings?: ProducerSettings): Promise<EventProducer> {
    await this.onOpen(cluster);
    const key = JSON.stringify([cluster, settings]);
    const before = this.#references.get(key) ?? 0;
    if (before === 0) this.created += 1;
    this.#references.set(key, before + 1);
    let disposed = false;
    return {
      inFlightBytes: 0,
      send: (record) => {
        if (disposed) return Promise.reject(new Error('sent on a producer that was given back'));
        this.sent.push(record);
        return this.onSend(record);
      },
      [Symbol.asyncDispose]: () => {
        if (!disposed) {
          const left = (this.#references.get(key) ?? 1) - 1;
          if (left === 0) this.#references.delete(key);
          else this.#references.set(key, left);
        }
        disposed = true;
        return Promise.resolve();
      },
    };
  }

  feed(): never {
    throw new Error('an ingress reads nothing');
  }

  reader(): never {
    throw new Error('an ingress reads nothing');
  }

  offsets(): never {
    throw new Error('an ingress commits nothing');
  }

  topics(cluster: KafkaCluster): Promise<TopicAdmin> {
    const never = (): never => {
      throw new Error('an ingress makes no topics');
    };
    return Promise.resolve({
      describe: () => this.onDescribe(cluster),
      describeAll: never,
      config: never,
      create: never,
      delete: never,
      offsets: never,
      deleteGroup: never,
      removeMembers: never,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing to release.
  }
}
