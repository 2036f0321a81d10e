import { ConnectionPool, initProducerIdV4, metadataV12 } from '@platformatic/kafka';
import type { Broker, Connection, ConnectionOptions } from '@platformatic/kafka';
import { responseIn } from '../platformatic/platformatic-errors.ts';
import { within } from '../rdkafka/native-client.ts';
import { BrokerLink } from './broker-link.ts';
import type { KafkaWire, LeaderLink, LeaderLinkEvents } from './kafka-wire.ts';
import type { ProducerIdentity } from './record-batch.ts';

/**
 * The wire to a real cluster. What any broker can answer is asked on a connection of its own: on that to a leader it would wait for the
 * batches before it.
 */
export class ClusterWire implements KafkaWire {
  readonly #bootstrap: readonly Broker[];
  readonly #clientId: string;
  readonly #options: ConnectionOptions;
  readonly #pool: ConnectionPool;
  #known: readonly Broker[] = [];
  /** The one that answered last: others may be gone. */
  #preferred: Broker | undefined;

  constructor(bootstrap: readonly Broker[], clientId: string, options: ConnectionOptions) {
    this.#bootstrap = bootstrap;
    this.#clientId = clientId;
    this.#options = options;
    this.#pool = new ConnectionPool(clientId, options);
    this.#pool.on('connecting', ({ connection }: { connection?: Connection }) => {
      // Without a listener the second error of a connection would end the process.
      connection?.on('error', ignore);
    });
  }

  /** {@link KafkaWire} */
  async metadata(topics: readonly string[]): Promise<metadataV12.MetadataResponse> {
    const response = await this.#ask((connection) =>
      metadataV12.api.async(connection, [...topics], true, false).catch((error: unknown) => {
        const partial = responseIn(error) as metadataV12.MetadataResponse | undefined;
        if (partial === undefined) throw error;
        return partial;
      }),
    );
    this.#known = response.brokers;
    return response;
  }

  /** {@link KafkaWire} */
  async producerIdentity(): Promise<ProducerIdentity> {
    const { producerId, producerEpoch } = await this.#ask((connection) =>
      initProducerIdV4.api.async(connection, null, unusedTimeoutMs),
    );
    return { producerId, epoch: producerEpoch };
  }

  /** {@link KafkaWire} */
  link(broker: Broker, events: LeaderLinkEvents): LeaderLink {
    return new BrokerLink(broker, this.#clientId, this.#options, events);
  }

  /** {@link KafkaWire} */
  close(): Promise<void> {
    return within(
      this.#pool.close().catch(() => undefined),
      closeTimeoutMs,
    );
  }

  async #ask<Answer>(question: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    const first = this.#preferred === undefined ? [] : [this.#preferred];
    const connection = await this.#pool.getFirstAvailable([...first, ...this.#bootstrap, ...this.#known]);
    try {
      const answer = await question(connection);
      const { host, port } = connection;
      this.#preferred = host === undefined || port === undefined ? undefined : { host, port };
      return answer;
    } catch (error) {
      this.#preferred = undefined;
      throw error;
    }
  }
}

/** Of transactions, which there are none. */
const unusedTimeoutMs = 60_000;
const closeTimeoutMs = 1000;

function ignore(): void {
  // Whoever asked is told.
}
