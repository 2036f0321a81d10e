import type { Batch } from './batch.ts';
import type { LeaderLink } from './kafka-wire.ts';
import type { PartitionQueue } from './partition-queue.ts';
import type { AddressedBatch, PartitionAnswer, ProduceAnswer } from './produce-request.ts';
import { encodeBatch } from './record-batch.ts';
import type { Compression, ProducerIdentity } from './record-batch.ts';

/** A request takes batches of many partitions up to so many bytes, and at least one. */
const maxRequestBytes = 1024 * 1024;

/** What a {@link LeaderSender} needs from its producer. */
export interface LeaderSenderOwner {
  readonly compression: Compression;
  /** How long a broker may wait for its followers, in milliseconds. */
  readonly acknowledgeTimeoutMs: number;
  /** Batches do not wait for company any more. */
  readonly hurrying: boolean;
  /** Who we are; undefined while that is being asked, after which all senders are told to look again. */
  identity(): ProducerIdentity | undefined;
  /** Asks for another identity in place of this one. */
  renewIdentity(used: ProducerIdentity): void;
  /** Kafka's word on the first batch of a partition. */
  answered(partition: PartitionQueue, batch: Batch, answer: PartitionAnswer): void;
  /** There was no word: Kafka may have the batch or not. */
  unanswered(partition: PartitionQueue, batch: Batch, error: unknown): void;
}

interface Sent {
  readonly partition: PartitionQueue;
  readonly batch: Batch;
}

/**
 * Sends what waits for the partitions that one broker leads: one request at a time, since a broker looks at the next request of a
 * connection only when it answered the one before. While it works on one, the next one gathers; when nothing is under way, a record leaves
 * at the end of the turn of the event loop in which it came.
 */
export class LeaderSender {
  readonly link: LeaderLink;
  readonly #owner: LeaderSenderOwner;
  /** Partitions with something to send and nothing under way, those that waited longest first. */
  readonly #ready = new Set<PartitionQueue>();
  #busy = false;
  #closed = false;
  #immediate: NodeJS.Immediate | undefined;
  #timer: NodeJS.Timeout | undefined;
  #notBeforeMs = 0;
  /** Where batches are encoded; free again when the broker answered. */
  #space = Buffer.alloc(0);

  constructor(link: LeaderLink, owner: LeaderSenderOwner) {
    this.link = link;
    this.#owner = owner;
  }

  /** The partition has something to send. */
  add(partition: PartitionQueue): void {
    if (partition.inFlight) return;
    this.#ready.add(partition);
    this.lookAgain();
  }

  /** The partition has nothing to send, or another leader. */
  remove(partition: PartitionQueue): void {
    this.#ready.delete(partition);
  }

  /** Looks for what can be sent, at the end of this turn of the event loop. */
  lookAgain(): void {
    if (!this.#busy && !this.#closed) this.#immediate ??= setImmediate(this.#look);
  }

  /** For good: what is under way fails, and then asks for nothing on behalf of what waits behind it. */
  close(): void {
    this.#closed = true;
    this.#ready.clear();
    clearImmediate(this.#immediate);
    clearTimeout(this.#timer);
    this.link.close();
  }

  readonly #look = (): void => {
    this.#immediate = undefined;
    if (this.#busy || this.#ready.size === 0) return;
    const identity = this.#owner.identity();
    if (identity === undefined) return;
    if (!this.link.usable) {
      this.link.connect();
      return;
    }
    const sent = this.#choose(identity);
    if (sent.length > 0) void this.#send(sent);
  };

  #choose(identity: ProducerIdentity): Sent[] {
    const nowMs = performance.now();
    const chosen: Sent[] = [];
    let bytes = 0;
    let wakeMs = Infinity;
    for (const partition of this.#ready) {
      const [batch] = partition.batches;
      if (batch === undefined) {
        this.#ready.delete(partition);
        continue;
      }
      const dueMs = Math.max(this.#notBeforeMs, partition.notBeforeMs, this.#gatheredMs(partition, batch));
      if (dueMs > nowMs) {
        wakeMs = Math.min(wakeMs, dueMs);
        continue;
      }
      if (chosen.length > 0 && bytes + batch.encodedBytes > maxRequestBytes) break;
      if (!partition.number(batch, identity)) {
        this.#owner.renewIdentity(identity);
        continue;
      }
      bytes += batch.encodedBytes;
      chosen.push({ partition, batch });
    }
    if (chosen.length === 0 && wakeMs < Infinity) this.#wakeAt(wakeMs - nowMs);
    return chosen;
  }

  /** When a batch need not wait for company: others wait behind it, it was sent before, or its time has come. */
  #gatheredMs(partition: PartitionQueue, batch: Batch): number {
    return this.#owner.hurrying || batch.tries > 0 || partition.batches.length > 1 ? 0 : batch.times.dueMs;
  }

  #wakeAt(inMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.lookAgain(), inMs);
  }

  async #send(sent: readonly Sent[]): Promise<void> {
    this.#busy = true;
    for (const { partition } of sent) {
      partition.inFlight = true;
      this.#ready.delete(partition);
    }
    let answer: ProduceAnswer | undefined;
    let failure: unknown;
    try {
      answer = await this.link.produce(this.#encode(sent), this.#owner.acknowledgeTimeoutMs);
      if (answer.throttleMs > 0) this.#notBeforeMs = performance.now() + answer.throttleMs;
    } catch (error) {
      failure = error;
    }
    this.#busy = false;
    for (const { partition, batch } of sent) {
      partition.inFlight = false;
      const told = answer?.of(partition.topic, partition.index);
      if (told !== undefined) this.#owner.answered(partition, batch, told);
      else this.#owner.unanswered(partition, batch, failure ?? new Error('the broker left out a partition'));
      if (partition.batches.length > 0) partition.leader?.add(partition);
    }
    this.lookAgain();
  }

  #encode(sent: readonly Sent[]): AddressedBatch[] {
    let space = this.#spaceFor(sent.reduce((bytes, { batch }) => bytes + batch.encodedBytes, 0));
    return sent.map(({ partition, batch }) => {
      const { identity, sequence, records, encodedBytes } = batch;
      if (identity === undefined) throw new Error('a batch without a number cannot be sent');
      batch.tries += 1;
      const encoded = encodeBatch(records, identity, sequence, this.#owner.compression, space);
      space = space.subarray(encodedBytes);
      return { topic: partition.topic, partition: partition.index, encoded };
    });
  }

  /** The same space again and again: a buffer a batch would be memory that the collector comes to late. */
  #spaceFor(bytes: number): Buffer {
    if (bytes > maxRequestBytes) return Buffer.allocUnsafe(bytes);
    if (this.#space.length < bytes)
      this.#space = Buffer.allocUnsafeSlow(Math.min(maxRequestBytes, Math.max(firstSpaceBytes, 2 * bytes)));
    return this.#space;
  }
}

const firstSpaceBytes = 16 * 1024;
