import { silentLogger } from '@eventing-kafka/logging';
import type { Logger } from '@eventing-kafka/logging';
import type { KafkaCluster } from './cluster.ts';
import type {
  EventProducer,
  FeedOptions,
  KafkaClients,
  OffsetStore,
  ProducerSettings,
  ReaderOptions,
  RecordFeed,
  TopicAdmin,
} from './interfaces.ts';
import { KafkaError } from './kafka-error.ts';
import { PlatformaticOffsetStore } from './platformatic/offset-store.ts';
import { PlatformaticTopicAdmin } from './platformatic/topic-admin.ts';
import { consumerProperties } from './rdkafka/consumer-properties.ts';
import { startGroupFeed } from './rdkafka/group-feed.ts';
import { RecordPump } from './rdkafka/record-pump.ts';
import { SharedProducers } from './producer/shared-producers.ts';

/** What a driver may be told. */
export interface KafkaClientsOptions {
  /** Gets the drivers' own log lines and what they recovered from. Default: none. */
  readonly logger?: Logger;
  /** `client.id` as the brokers see it. Default `eventing-kafka`. */
  readonly clientId?: string;
}

/**
 * The driver of real Kafka clusters, 3.0 or newer. Disposing closes what was opened from it, within bounds even if Kafka is
 * away.
 */
export function createKafkaClients(options: KafkaClientsOptions = {}): KafkaClients {
  return new RealKafkaClients(options.clientId ?? 'eventing-kafka', options.logger ?? silentLogger);
}

/** A group id for consumers that read outside of any group: librdkafka wants one, and never joins it. */
export const readerGroupId = 'eventing-kafka-reader';

class RealKafkaClients implements KafkaClients {
  readonly #clientId: string;
  readonly #logger: Logger;
  readonly #producers: SharedProducers;
  readonly #opened = new Set<AsyncDisposable>();
  #closed = false;

  constructor(clientId: string, logger: Logger) {
    this.#clientId = clientId;
    this.#logger = logger;
    this.#producers = new SharedProducers(clientId, logger);
  }

  producer(cluster: KafkaCluster, settings: ProducerSettings = {}): Promise<EventProducer> {
    return new Promise((resolve) => {
      this.#checkOpen();
      resolve(this.#producers.acquire(cluster, settings));
    });
  }

  async feed(cluster: KafkaCluster, options: FeedOptions): Promise<RecordFeed> {
    this.#checkOpen();
    const properties = consumerProperties(cluster, options.clientId ?? this.#clientId, options.groupId);
    const logger = this.#logger.child({ topic: options.topic, groupId: options.groupId });
    return this.#track(await startGroupFeed(options, properties, logger));
  }

  async reader(cluster: KafkaCluster, options: ReaderOptions): Promise<RecordFeed> {
    this.#checkOpen();
    const properties = consumerProperties(cluster, this.#clientId, readerGroupId);
    const reader = new RecordPump(
      options.topic,
      { failed: options.failed ?? ignore, reachedEnd: options.reachedEnd },
      this.#logger,
    );
    await reader.start(properties, false);
    reader.add(options.positions);
    return this.#track(reader);
  }

  offsets(cluster: KafkaCluster): Promise<OffsetStore> {
    return this.#made(() => new PlatformaticOffsetStore(cluster, this.#clientId));
  }

  topics(cluster: KafkaCluster): Promise<TopicAdmin> {
    return this.#made(() => new PlatformaticTopicAdmin(cluster, this.#clientId));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const opened = [...this.#opened];
    this.#opened.clear();
    await Promise.all([this.#producers[Symbol.asyncDispose](), ...opened.map((each) => each[Symbol.asyncDispose]())]);
  }

  /** Makes a client that is there at once; a throw becomes a rejection. */
  #made<Opened extends Closable>(make: () => Opened): Promise<Opened> {
    return new Promise((resolve) => {
      this.#checkOpen();
      resolve(this.#track(make()));
    });
  }

  #track<Opened extends Closable>(opened: Opened): Opened {
    this.#opened.add(opened);
    opened.onClosed = () => {
      this.#opened.delete(opened);
    };
    return opened;
  }

  #checkOpen(): void {
    if (this.#closed) throw new KafkaError('KAFKA_CLOSED', 'these Kafka clients are closed');
  }
}

interface Closable extends AsyncDisposable {
  /** Called once it is closed. */
  onClosed: (() => void) | undefined;
}

function ignore(): void {
  // Trouble of a reader shows in its records not coming.
}
