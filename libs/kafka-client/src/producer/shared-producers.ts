import type { Logger } from '@eventing-kafka/logging';
import type { KafkaCluster } from '../cluster.ts';
import type { EventProducer, ProducerSettings } from '../interfaces.ts';
import { KafkaError } from '../kafka-error.ts';
import type { OutgoingRecord, RecordPosition } from '../records.ts';
import { checkProducerProperties } from '../rdkafka/native-client.ts';
import { IdempotentProducer } from './idempotent-producer.ts';
import { checkedProperties, planProducer, wireTo } from './producer-plan.ts';

interface Share {
  readonly producer: IdempotentProducer;
  references: number;
}

/** Producers by what makes them differ (receiver.md 8.1), each alive while somebody refers to it. */
export class SharedProducers implements AsyncDisposable {
  readonly #clientId: string;
  readonly #logger: Logger;
  readonly #shares = new Map<string, Share>();

  constructor(clientId: string, logger: Logger) {
    this.#clientId = clientId;
    this.#logger = logger;
  }

  /** Throws KAFKA_INVALID_CONFIG. */
  acquire(cluster: KafkaCluster, settings: ProducerSettings): EventProducer {
    const key = JSON.stringify([sorted(cluster), sorted(settings)]);
    let share = this.#shares.get(key);
    if (share === undefined) {
      share = { producer: this.#start(cluster, settings), references: 0 };
      this.#shares.set(key, share);
    }
    share.references += 1;
    return new ProducerReference(share.producer, () => this.#release(key));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const shares = [...this.#shares.values()];
    this.#shares.clear();
    await Promise.all(shares.map((share) => share.producer.close()));
  }

  #start(cluster: KafkaCluster, settings: ProducerSettings): IdempotentProducer {
    const logger = this.#logger.child({ bootstrapServers: cluster.bootstrapServers });
    checkProducerProperties(checkedProperties(cluster), (text) => logger.warn('Kafka producer', { text }));
    const plan = planProducer(cluster, settings);
    const producer = new IdempotentProducer(plan, wireTo(cluster, this.#clientId, plan), logger);
    producer.start();
    return producer;
  }

  async #release(key: string): Promise<void> {
    const share = this.#shares.get(key);
    // Gone already when everything was disposed.
    if (share === undefined) return;
    share.references -= 1;
    if (share.references > 0) return;
    this.#shares.delete(key);
    await share.producer.close();
  }
}

class ProducerReference implements EventProducer {
  readonly #producer: IdempotentProducer;
  readonly #release: () => Promise<void>;
  #released: Promise<void> | undefined;

  constructor(producer: IdempotentProducer, release: () => Promise<void>) {
    this.#producer = producer;
    this.#release = release;
  }

  get inFlightBytes(): number {
    return this.#producer.inFlightBytes;
  }

  send(record: OutgoingRecord): Promise<RecordPosition> {
    if (this.#released !== undefined)
      return Promise.reject(new KafkaError('KAFKA_CLOSED', 'the Kafka producer is closed'));
    return this.#producer.send(record);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }
}

/** The same text for the same content, whatever the order of its fields. */
function sorted(value: object): unknown {
  return Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]: [string, unknown]) => [
      name,
      typeof field === 'object' && field !== null ? sorted(field) : field,
    ]);
}
