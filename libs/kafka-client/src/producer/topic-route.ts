import type { KafkaError } from '../kafka-error.ts';
import type { Batch } from './batch.ts';
import { partitionOfKey } from './murmur2.ts';
import { PartitionQueue } from './partition-queue.ts';
import type { PendingRecord } from './pending-record.ts';

/** How soon metadata is asked for again, in milliseconds; doubled each time. */
const firstAskMs = 10;
const maxAskMs = 1000;
const refusedAskMs = 200;

/** A topic as far as it is known. */
export class TopicRoute {
  readonly name: string;
  /** Kept when the topic shrinks or goes: numbers that were used must not be used for other records. */
  readonly #partitions: PartitionQueue[] = [];
  #count = 0;
  #gathering: PartitionQueue | undefined;
  /** Records that came before it was known which partitions there are. */
  waiting: Batch[] = [];
  /** Why no record can be taken; undefined when it can, or when that is not known yet. */
  refusal: KafkaError | undefined;
  /** When a cluster that answered did not know the topic for the first time. */
  missingSinceMs: number | undefined;
  /** When to ask for metadata, if at all. */
  askAtMs: number | undefined;
  #askDelayMs = firstAskMs;
  #notBeforeMs = 0;
  /** When a record came last. */
  usedMs = 0;

  constructor(name: string) {
    this.name = name;
  }

  get known(): boolean {
    return this.#count > 0;
  }

  /** All there ever were. */
  get partitions(): readonly PartitionQueue[] {
    return this.#partitions;
  }

  /** Those of now. */
  grow(count: number): void {
    this.#count = count;
    while (this.#partitions.length < count)
      this.#partitions.push(new PartitionQueue(this.name, this.#partitions.length));
    this.#gathering = undefined;
  }

  /**
   * The partition a record goes to: the one it names, that of its key, or, without either, one at random, where records gather until
   * their batch is full or sent (KIP-480). Undefined when there is none.
   */
  partitionOf({ record }: PendingRecord, random: () => number): PartitionQueue | undefined {
    if (record.partition !== undefined)
      return record.partition < this.#count ? this.#partitions[record.partition] : undefined;
    if (record.key !== null) return this.#partitions[partitionOfKey(record.key, this.#count)];
    this.#gathering ??= this.#anyPartition(random);
    return this.#gathering;
  }

  /** A batch of records without a key is full or sent: the next one gathers for another partition. */
  gatherElsewhere(): void {
    this.#gathering = undefined;
  }

  /** At random; one whose leader is known, if there is any. */
  #anyPartition(random: () => number): PartitionQueue | undefined {
    const start = Math.floor(random() * this.#count);
    for (let step = 0; step < this.#count; step += 1) {
      const partition = this.#partitions[(start + step) % this.#count];
      if (partition?.leader !== undefined) return partition;
    }
    return this.#partitions[start];
  }

  /** Metadata is wanted, as soon as it may be asked for. */
  ask(nowMs: number): void {
    this.askAtMs ??= Math.max(nowMs, this.#notBeforeMs);
  }

  /** The answer did not help: the next question is due later. */
  askLater(nowMs: number): void {
    this.askAtMs = nowMs + this.#askDelayMs;
    this.#askDelayMs = Math.min(maxAskMs, this.#askDelayMs * 2);
  }

  /** The answer was what was needed. */
  answered(): void {
    this.askAtMs = undefined;
    this.#askDelayMs = firstAskMs;
    this.missingSinceMs = undefined;
    this.refusal = undefined;
  }

  /** No record can be taken for now; who sends one makes us ask again, but not all the time. */
  refuse(refusal: KafkaError, nowMs: number): void {
    this.refusal = refusal;
    this.askAtMs = undefined;
    this.#askDelayMs = firstAskMs;
    this.#notBeforeMs = nowMs + refusedAskMs;
  }
}
