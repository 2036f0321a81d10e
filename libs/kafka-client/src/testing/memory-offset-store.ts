import type { CommittedOffset, OffsetCommit, OffsetCommitResult, OffsetRequest, OffsetStore } from '../interfaces.ts';
import { KafkaError } from '../kafka-error.ts';

/** Offsets of all groups, in memory: the driver that knows offsets does not speak with the mock cluster. */
export class MemoryOffsets {
  readonly #committed = new Map<string, Map<string, OffsetCommit>>();

  get(groupId: string, topic: string, partition: number): OffsetCommit | undefined {
    return this.#committed.get(groupId)?.get(`${partition} ${topic}`);
  }

  set(commit: OffsetCommit): void {
    const group = this.#committed.get(commit.groupId) ?? new Map<string, OffsetCommit>();
    this.#committed.set(commit.groupId, group);
    group.set(`${commit.partition} ${commit.topic}`, commit);
  }

  deleteGroup(groupId: string): void {
    this.#committed.delete(groupId);
  }
}

const maxMetadataBytes = 4096;

/** An {@link OffsetStore} over {@link MemoryOffsets}. */
export class MemoryOffsetStore implements OffsetStore {
  readonly #offsets: MemoryOffsets;
  #closed = false;

  constructor(offsets: MemoryOffsets) {
    this.#offsets = offsets;
  }

  fetch(requests: readonly OffsetRequest[]): Promise<readonly CommittedOffset[]> {
    if (this.#closed) return Promise.reject(new KafkaError('KAFKA_CLOSED', 'the offset store is closed'));
    const found = requests.flatMap(({ groupId, topic, partitions }) =>
      partitions.map((partition) => {
        const commit = this.#offsets.get(groupId, topic, partition);
        return { groupId, topic, partition, offset: commit?.offset, metadata: commit?.metadata ?? '' };
      }),
    );
    return Promise.resolve(found);
  }

  commit(commits: readonly OffsetCommit[]): Promise<readonly OffsetCommitResult[]> {
    return Promise.resolve(commits.map((commit) => this.#commit(commit)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  #commit(commit: OffsetCommit): OffsetCommitResult {
    const { groupId, topic, partition } = commit;
    const error = this.#refusal(commit);
    if (error !== undefined) return { groupId, topic, partition, error };
    this.#offsets.set(commit);
    return { groupId, topic, partition };
  }

  #refusal(commit: OffsetCommit): KafkaError | undefined {
    if (this.#closed) return new KafkaError('KAFKA_CLOSED', 'the offset store is closed');
    if (Buffer.byteLength(commit.metadata) <= maxMetadataBytes) return undefined;
    return new KafkaError(
      'KAFKA_TOO_LARGE',
      `metadata of an offset of group ${commit.groupId} is over ${maxMetadataBytes} bytes`,
    );
  }
}
