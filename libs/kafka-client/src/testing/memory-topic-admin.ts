import type { NewTopic, TopicAdmin, TopicDescription } from '../interfaces.ts';
import { KafkaError } from '../kafka-error.ts';
import type { MemoryOffsets } from './memory-offset-store.ts';
import type { MockCluster } from './mock-cluster.ts';

/** A {@link TopicAdmin} of the mock cluster, which has topics but no calls to manage them. */
export class MemoryTopicAdmin implements TopicAdmin {
  readonly #cluster: MockCluster;
  readonly #offsets: MemoryOffsets;
  /** Names that were deleted. Their records stay, out of sight until the topic is used or created again. */
  readonly #deleted: Set<string>;
  #closed = false;

  constructor(cluster: MockCluster, offsets: MemoryOffsets, deleted: Set<string>) {
    this.#cluster = cluster;
    this.#offsets = offsets;
    this.#deleted = deleted;
  }

  async create(topic: NewTopic): Promise<'created' | 'exists'> {
    const existing = await this.describe(topic.name);
    if (existing !== undefined) return 'exists';
    await this.#cluster.touch(topic.name);
    this.#deleted.delete(topic.name);
    return 'created';
  }

  async describe(name: string): Promise<TopicDescription | undefined> {
    this.#checkOpen();
    if (this.#deleted.has(name)) return undefined;
    const partitions = (await this.#cluster.topics()).get(name) ?? 0;
    return partitions === 0 ? undefined : { name, partitions, replicationFactor: 1 };
  }

  async describeAll(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>> {
    this.#checkOpen();
    const topics = await this.#cluster.topics();
    return new Map(
      names.flatMap((name) => {
        const partitions = this.#deleted.has(name) ? 0 : (topics.get(name) ?? 0);
        return partitions === 0 ? [] : [[name, { name, partitions, replicationFactor: 1 }] as const];
      }),
    );
  }

  /** The mock cluster takes no configuration, so it knows of none. */
  config(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(new Map());
  }

  async delete(name: string): Promise<void> {
    if ((await this.describe(name)) !== undefined) this.#deleted.add(name);
  }

  async offsets(name: string, at: 'earliest' | 'latest'): Promise<ReadonlyMap<number, number>> {
    const topic = await this.describe(name);
    if (topic === undefined) {
      throw new KafkaError('KAFKA_UNKNOWN_TOPIC', `topic ${name} does not exist`, { retriable: true });
    }
    const offsets = new Map<number, number>();
    for (let partition = 0; partition < topic.partitions; partition += 1) {
      offsets.set(partition, (await this.#cluster.watermarks(name, partition))[at]);
    }
    return offsets;
  }

  /** The mock cluster tells nothing of members. */
  removeMembers(): Promise<number> {
    return Promise.resolve(0);
  }

  deleteGroup(groupId: string): Promise<void> {
    this.#offsets.deleteGroup(groupId);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  #checkOpen(): void {
    if (this.#closed) throw new KafkaError('KAFKA_CLOSED', 'the topic admin is closed');
  }
}
