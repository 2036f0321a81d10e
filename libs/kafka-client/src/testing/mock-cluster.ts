import { KafkaError } from '../kafka-error.ts';
import { kafkaErrorOfNative } from '../rdkafka/error-codes.ts';
import { openProducer } from '../rdkafka/native-client.ts';
import type { NativeMetadata, NativeProducer, OpenHandle } from '../rdkafka/native-client.ts';

const callTimeoutMs = 5000;

/** librdkafka's mock cluster, alive as long as the one client that carries it, and what that client can ask it. */
export class MockCluster implements AsyncDisposable {
  readonly bootstrapServers: string;
  readonly #host: OpenHandle<NativeProducer>;
  #closed: Promise<void> | undefined;

  private constructor(host: OpenHandle<NativeProducer>, bootstrapServers: string) {
    this.#host = host;
    this.bootstrapServers = bootstrapServers;
  }

  static async start(brokers: number): Promise<MockCluster> {
    const properties = { client: { 'test.mock.num.brokers': brokers, 'client.id': 'eventing-kafka-mock' }, topic: {} };
    const host = await openProducer(properties, {});
    try {
      const metadata = await askMetadata(host.handle, {});
      const addresses = metadata.brokers.map((broker) => `${broker.host}:${broker.port}`);
      return new MockCluster(host, addresses.join(','));
    } catch (error) {
      await host.close(callTimeoutMs);
      throw error;
    }
  }

  /** The number of partitions of a topic, made by this question if it is not there. */
  async touch(topic: string): Promise<number> {
    const deadline = performance.now() + callTimeoutMs;
    for (;;) {
      const metadata = await this.#metadata({ topic, allTopics: false });
      const count = metadata.topics.find((each) => each.name === topic)?.partitions.length ?? 0;
      if (count > 0) return count;
      if (performance.now() > deadline) throw new KafkaError('KAFKA_TIMEOUT', `topic ${topic} did not appear`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** The number of partitions of each topic there is. */
  async topics(): Promise<ReadonlyMap<string, number>> {
    const metadata = await this.#metadata({ allTopics: true });
    return new Map(metadata.topics.map((topic) => [topic.name, topic.partitions.length]));
  }

  watermarks(topic: string, partition: number): Promise<{ readonly earliest: number; readonly latest: number }> {
    this.#checkOpen();
    return new Promise((resolve, reject) => {
      this.#host.handle.queryWatermarkOffsets(topic, partition, callTimeoutMs, (error, offsets) => {
        if (error) reject(kafkaErrorOfNative(error, `offsets of topic ${topic}`));
        else resolve({ earliest: offsets.lowOffset, latest: offsets.highOffset });
      });
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#host.close(callTimeoutMs);
    return this.#closed;
  }

  #metadata(options: { topic?: string; allTopics?: boolean }): Promise<NativeMetadata> {
    this.#checkOpen();
    return askMetadata(this.#host.handle, options);
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new KafkaError('KAFKA_CLOSED', 'the embedded Kafka is closed');
  }
}

function askMetadata(
  handle: NativeProducer,
  options: { topic?: string; allTopics?: boolean },
): Promise<NativeMetadata> {
  return new Promise((resolve, reject) => {
    handle.getMetadata({ ...options, timeout: callTimeoutMs }, (error, metadata) => {
      if (error) reject(kafkaErrorOfNative(error, 'embedded Kafka'));
      else resolve(metadata);
    });
  });
}
