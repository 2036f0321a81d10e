import type { KafkaCluster } from '../cluster.ts';
import type { CommittedOffset, OffsetCommit, OffsetCommitResult, OffsetRequest, OffsetStore } from '../interfaces.ts';
import { KafkaError } from '../kafka-error.ts';
import { within } from '../rdkafka/native-client.ts';
import { GroupCoordinators } from './group-coordinators.ts';
import { OffsetCommitter } from './offset-committer.ts';
import { readOffsets } from './offset-reader.ts';

/** How long disposing waits for commits under way, in milliseconds. */
const drainTimeoutMs = 3000;

/** Offsets of any group, over the pure JavaScript driver: librdkafka's binding has no call for them. */
export class PlatformaticOffsetStore implements OffsetStore {
  readonly #coordinators: GroupCoordinators;
  readonly #committer: OffsetCommitter;
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;
  /** Called once it is closed. */
  onClosed: (() => void) | undefined;

  constructor(cluster: KafkaCluster, clientId: string) {
    this.#coordinators = new GroupCoordinators(cluster, clientId);
    this.#committer = new OffsetCommitter(cluster, clientId, this.#coordinators);
  }

  async fetch(requests: readonly OffsetRequest[]): Promise<readonly CommittedOffset[]> {
    if (this.#closed !== undefined) throw new KafkaError('KAFKA_CLOSED', 'the offset store is closed');
    if (requests.length === 0) return [];
    return readOffsets(this.#coordinators, requests, this.#closing.signal);
  }

  commit(commits: readonly OffsetCommit[]): Promise<readonly OffsetCommitResult[]> {
    if (this.#closed !== undefined) {
      const error = new KafkaError('KAFKA_CLOSED', 'the offset store is closed');
      return Promise.resolve(commits.map(({ groupId, topic, partition }) => ({ groupId, topic, partition, error })));
    }
    return Promise.all(commits.map((commit) => this.#committer.commit(commit)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const deadline = performance.now() + drainTimeoutMs;
    while (!this.#committer.idle && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
    this.#closing.abort();
    // A peer that does not answer would keep a connection from ending.
    await within(
      Promise.allSettled([this.#committer.close(), this.#coordinators.close()]).then(() => undefined),
      1000,
    );
    this.onClosed?.();
  }
}
