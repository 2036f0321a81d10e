import type { EventProducer } from '@eventing-kafka/kafka-client';
import { startEmbeddedKafka, type EmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import { silentLogger } from '@eventing-kafka/logging';
import { createNoopMeter } from '@opentelemetry/api';
import { startEgresses, type Egresses, type EgressesOptions } from '../src/index.ts';

/** An embedded Kafka that the tests of a file share, each with topics of its own. */
export class TestKafka implements AsyncDisposable {
  readonly #kafka: EmbeddedKafka;
  /** For the events of the tests. */
  readonly producer: EventProducer;
  #topics = 0;

  constructor(kafka: EmbeddedKafka, producer: EventProducer) {
    this.#kafka = kafka;
    this.producer = producer;
  }

  get clients(): EmbeddedKafka['clients'] {
    return this.#kafka.clients;
  }

  get bootstrapServers(): string {
    return this.#kafka.bootstrapServers;
  }

  /** A topic of its own for each test, so that tests say nothing to each other. */
  async freshTopic(name: string): Promise<string> {
    this.#topics += 1;
    const topic = `${name}-${this.#topics}`;
    // The embedded Kafka makes topics on first use.
    await using admin = await this.clients.topics({ bootstrapServers: this.bootstrapServers });
    await admin.create({ name: topic, partitions: 4, replicationFactor: 1 });
    return topic;
  }

  /** Egresses that work with this Kafka and tell nobody, unless the options say otherwise. */
  startEgresses(options: Partial<EgressesOptions> = {}): Promise<Egresses> {
    return startEgresses({ kafka: this.clients, logger: silentLogger, meter: createNoopMeter(), ...options });
  }

  /** Sum of the committed offsets of a group. */
  async committed(groupId: string, topic: string): Promise<number> {
    await using store = await this.clients.offsets({ bootstrapServers: this.bootstrapServers });
    const offsets = await store.fetch([{ groupId, topic, partitions: [0, 1, 2, 3] }]);
    return offsets.reduce((sum, { offset }) => sum + (offset ?? 0), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.producer[Symbol.asyncDispose]();
    await this.#kafka[Symbol.asyncDispose]();
  }
}

/** Starts a Kafka for the tests of a file. */
export async function startTestKafka(): Promise<TestKafka> {
  const kafka = await startEmbeddedKafka();
  return new TestKafka(kafka, await kafka.clients.producer({ bootstrapServers: kafka.bootstrapServers }));
}
