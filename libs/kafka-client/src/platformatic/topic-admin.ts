import { Admin, ConfigResourceTypes, metadataV12 } from '@platformatic/kafka';
import type { Broker } from '@platformatic/kafka';
import type { KafkaCluster } from '../cluster.ts';
import type { NewTopic, TopicAdmin, TopicDescription } from '../interfaces.ts';
import { KafkaError } from '../kafka-error.ts';
import { kafkaErrorOfCode, textOfCode } from '../rdkafka/error-codes.ts';
import { within } from '../rdkafka/native-client.ts';
import { connectionOptions, parseBootstrapServers } from './connection-options.ts';
import { apiCodeOf, kafkaErrorOfPlatformatic, responseIn } from './platformatic-errors.ts';
import { beforeDeadline, operationTimeoutMs } from './retry.ts';

const unknownTopic = 3;
const topicExists = 36;
const groupNotFound = 69;

/** Topics and groups, over the pure JavaScript driver: librdkafka's binding blocks threads and knows only topics. */
export class PlatformaticTopicAdmin implements TopicAdmin {
  readonly #admin: Admin;
  readonly #bootstrap: Broker[];
  #closed: Promise<void> | undefined;
  /** Called once it is closed. */
  onClosed: (() => void) | undefined;

  constructor(cluster: KafkaCluster, clientId: string) {
    this.#bootstrap = parseBootstrapServers(cluster.bootstrapServers);
    this.#admin = new Admin({
      ...connectionOptions(cluster),
      clientId,
      bootstrapBrokers: this.#bootstrap,
      retries: 3,
      retryDelay: 200,
      autocreateTopics: false,
    });
  }

  async create(topic: NewTopic): Promise<'created' | 'exists'> {
    const configs = Object.entries(topic.config ?? {}).map(([name, value]) => ({ name, value }));
    try {
      await this.#ask(`creating topic ${topic.name}`, () =>
        this.#admin.createTopics({
          topics: [topic.name],
          partitions: topic.partitions,
          replicas: topic.replicationFactor,
          configs,
        }),
      );
      await this.#ask(`waiting for topic ${topic.name}`, () => this.#untilServed(topic.name));
      return 'created';
    } catch (error) {
      if (apiCodeOf(error) === topicExists) return 'exists';
      throw error;
    }
  }

  describe(name: string): Promise<TopicDescription | undefined> {
    return this.#ask(`describing topic ${name}`, async () => {
      const topic = await this.#topic(name);
      return topic === undefined ? undefined : description(name, topic);
    });
  }

  describeAll(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    if (names.length === 0) return Promise.resolve(new Map());
    return this.#ask(`describing ${names.length} topics`, async () => {
      const found = await this.#topics(names);
      return new Map(
        found.flatMap((topic) =>
          topic.name == null || topic.errorCode === unknownTopic
            ? []
            : [[topic.name, description(topic.name, topic)] as const],
        ),
      );
    });
  }

  async config(name: string, keys: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (keys.length === 0) return new Map();
    const [found] = await this.#ask(`reading the configuration of topic ${name}`, () =>
      this.#admin.describeConfigs({
        resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: name, configurationKeys: [...keys] }],
      }),
    );
    return new Map(
      (found?.configs ?? []).flatMap((each) => (each.value == null ? [] : [[each.name, each.value] as const])),
    );
  }

  async delete(name: string): Promise<void> {
    try {
      await this.#ask(`deleting topic ${name}`, () => this.#admin.deleteTopics({ topics: [name] }));
    } catch (error) {
      if (apiCodeOf(error) !== unknownTopic) throw error;
    }
  }

  async offsets(name: string, at: 'earliest' | 'latest'): Promise<ReadonlyMap<number, number>> {
    const topic = await this.describe(name);
    if (topic === undefined) {
      throw new KafkaError('KAFKA_UNKNOWN_TOPIC', `topic ${name} does not exist`, { retriable: true });
    }
    const timestamp = at === 'earliest' ? -2n : -1n;
    const partitions = Array.from({ length: topic.partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp }));
    const listed = await this.#ask(`reading ${at} offsets of topic ${name}`, () =>
      this.#admin.listOffsets({ topics: [{ name, partitions }] }),
    );
    const offsets = listed.flatMap((each) =>
      each.partitions.map((entry) => [entry.partitionIndex, Number(entry.offset)] as const),
    );
    return new Map(offsets);
  }

  async deleteGroup(groupId: string): Promise<void> {
    try {
      await this.#ask(`deleting group ${groupId}`, () => this.#admin.deleteGroups({ groups: [groupId] }));
    } catch (error) {
      if (apiCodeOf(error) !== groupNotFound) throw error;
    }
  }

  removeMembers(groupId: string, clientIds: readonly string[]): Promise<number> {
    return this.#ask(`removing members of group ${groupId}`, async () => {
      const found = await this.#admin.describeGroups({ groups: [groupId] });
      const members = [...(found.get(groupId)?.members.values() ?? [])]
        .filter(({ clientId }) => clientIds.includes(clientId))
        .map(({ id }) => ({ memberId: id, reason: 'gives no sign of life any more' }));
      if (members.length > 0) await this.#admin.removeMembersFromConsumerGroup({ groupId, members });
      return members.length;
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= within(
      this.#admin.close().catch(() => undefined),
      1000,
    ).then(() => this.onClosed?.());
    return this.#closed;
  }

  async #topic(name: string): Promise<metadataV12.MetadataResponseTopic | undefined> {
    const topic = (await this.#topics([name])).find((each) => each.name === name);
    if (topic === undefined || topic.errorCode === unknownTopic) return undefined;
    if (topic.errorCode !== 0) throw kafkaErrorOfCode(topic.errorCode, `topic ${name}: ${textOfCode(topic.errorCode)}`);
    return topic;
  }

  /** Topics as a broker knows them, whatever state they are in. The driver's own call tries an unknown one again and again. */
  async #topics(names: readonly string[]): Promise<readonly metadataV12.MetadataResponseTopic[]> {
    const connection = await this.#admin.connections.getFirstAvailable(this.#bootstrap);
    const response = await metadataV12.api.async(connection, [...names], false, false).catch((error: unknown) => {
      const partial = responseIn(error) as metadataV12.MetadataResponse | undefined;
      if (partial === undefined) throw error;
      return partial;
    });
    return response.topics;
  }

  /** A topic that was created is known to the brokers a moment later. */
  async #untilServed(name: string): Promise<void> {
    for (;;) {
      const topic = await this.#topic(name);
      if (topic?.partitions.every((partition) => partition.errorCode === 0) === true) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Bounded, and with our errors; the driver's is the cause. */
  async #ask<Answer>(context: string, question: () => Promise<Answer>): Promise<Answer> {
    if (this.#closed !== undefined) throw new KafkaError('KAFKA_CLOSED', `${context}: the topic admin is closed`);
    try {
      return await beforeDeadline(context, question(), operationTimeoutMs);
    } catch (error) {
      throw kafkaErrorOfPlatformatic(error, context);
    }
  }
}

function description(name: string, { partitions, topicId }: metadataV12.MetadataResponseTopic): TopicDescription {
  const id = topicIdOf(topicId);
  return {
    name,
    partitions: partitions.length,
    replicationFactor: partitions[0]?.replicaNodes.length ?? 0,
    ...(id === undefined ? {} : { id }),
  };
}

/** A UUID as Kafka's tools write it; brokers without topic ids say all zeros. */
function topicIdOf(uuid: string): string | undefined {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  return bytes.some((byte) => byte !== 0) ? bytes.toString('base64url') : undefined;
}
