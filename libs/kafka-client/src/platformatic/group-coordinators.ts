import { apiVersionsV3, ConnectionPool, findCoordinatorV4 } from '@platformatic/kafka';
import type { Broker, Connection } from '@platformatic/kafka';
import type { KafkaCluster } from '../cluster.ts';
import { KafkaError } from '../kafka-error.ts';
import { connectionOptions, parseBootstrapServers } from './connection-options.ts';
import { responseIn } from './platformatic-errors.ts';
import { kafkaErrorOfCode, textOfCode } from '../rdkafka/error-codes.ts';

type FindCoordinatorResponse = findCoordinatorV4.FindCoordinatorResponse;

const keyTypeGroup = 0;
const offsetCommitKey = 8;
const offsetFetchKey = 9;

/** Which of the versions we speak a broker takes. */
export interface OffsetApiVersions {
  readonly fetch: 8 | 9;
  readonly commit: 8 | 9;
}

/** Connections to brokers, as far as they are used here. */
export type Connections = Pick<ConnectionPool, 'get' | 'getFirstAvailable' | 'close'>;

/** Where groups are kept. Those in neither map Kafka cannot tell at the moment. */
export interface LocatedGroups {
  readonly found: ReadonlyMap<string, Broker>;
  /** Groups that Kafka does not tell us of, whenever we ask, and why. */
  readonly refused: ReadonlyMap<string, KafkaError>;
}

/** Where the offsets of groups are kept, remembered until told otherwise. */
export class GroupCoordinators {
  readonly #bootstrap: Broker[];
  readonly #pool: Connections;
  readonly #coordinators = new Map<string, Broker>();
  #versions: Promise<OffsetApiVersions> | undefined;

  /** `connections` is a parameter so that a test can answer in Kafka's place. */
  constructor(cluster: KafkaCluster, clientId: string, connections?: Connections) {
    this.#bootstrap = parseBootstrapServers(cluster.bootstrapServers);
    this.#pool = connections ?? new ConnectionPool(clientId, connectionOptions(cluster));
  }

  /** The coordinator of each group. Rejects when Kafka says nothing at all. */
  async locate(groupIds: readonly string[]): Promise<LocatedGroups> {
    const unknown = groupIds.filter((groupId) => !this.#coordinators.has(groupId));
    const refused = new Map<string, KafkaError>();
    if (unknown.length > 0) {
      const response = await this.#find(unknown);
      for (const { key, host, port, errorCode } of response.coordinators) {
        if (errorCode === 0) this.#coordinators.set(key, { host, port });
        else if (isFinal(errorCode)) {
          const text = `looking for the coordinator of group ${key}: ${textOfCode(errorCode)}`;
          refused.set(key, kafkaErrorOfCode(errorCode, text));
        }
      }
    }
    const found = new Map<string, Broker>();
    for (const groupId of groupIds) {
      const broker = this.#coordinators.get(groupId);
      if (broker !== undefined) found.set(groupId, broker);
    }
    return { found, refused };
  }

  /** These are not where they were thought to be. */
  forget(groupIds: Iterable<string>): void {
    for (const groupId of groupIds) this.#coordinators.delete(groupId);
  }

  /** A connection for reading. */
  connection(broker: Broker): Promise<Connection> {
    return this.#pool.get(broker);
  }

  /** Asked once. */
  versions(): Promise<OffsetApiVersions> {
    this.#versions ??= this.#askVersions().catch((error: unknown) => {
      this.#versions = undefined;
      throw error;
    });
    return this.#versions;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #find(groupIds: string[]): Promise<FindCoordinatorResponse> {
    const connection = await this.#pool.getFirstAvailable(this.#bootstrap);
    try {
      return await findCoordinatorV4.api.async(connection, keyTypeGroup, groupIds);
    } catch (error) {
      const response = responseIn(error) as FindCoordinatorResponse | undefined;
      if (response === undefined) throw error;
      return response;
    }
  }

  async #askVersions(): Promise<OffsetApiVersions> {
    const connection = await this.#pool.getFirstAvailable(this.#bootstrap);
    const { apiKeys } = await apiVersionsV3.api.async(connection, 'eventing-kafka', '1');
    const highest = (key: number): 8 | 9 => {
      const max = apiKeys.find((api) => api.apiKey === key)?.maxVersion ?? 0;
      if (max < 8) throw new KafkaError('KAFKA_OTHER', 'Kafka 3.0 or newer is needed to read and commit offsets');
      return max === 8 ? 8 : 9;
    };
    return { fetch: highest(offsetFetchKey), commit: highest(offsetCommitKey) };
  }
}

/** Codes that trying again does not change: anything but a coordinator that is not known yet, or loads. */
function isFinal(errorCode: number): boolean {
  return errorCode !== 0 && errorCode !== 14 && errorCode !== 15;
}
