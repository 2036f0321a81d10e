import type { Batch } from './batch.ts';
import type { LeaderSender } from './leader-sender.ts';
import type { ProducerIdentity } from './record-batch.ts';

const firstRetryMs = 20;
const maxRetryMs = 1000;
const maxSequence = 0x7fffffff;

/**
 * What waits for one partition, in order, and its sequence numbers (KIP-98).
 *
 * Only the first batch is ever under way, so a batch that fails is tried again before any later one, and the number of a batch that was
 * refused is free for the next. A number is used up when Kafka has the batch. When a batch is given up and Kafka may have it
 * or not, neither number would be right for the next one: the partition goes on under a new identity, which begins at 0.
 */
export class PartitionQueue {
  readonly topic: string;
  readonly index: number;
  readonly batches: Batch[] = [];
  leader: LeaderSender | undefined;
  inFlight = false;
  /** Nothing is sent before, in milliseconds. */
  notBeforeMs = 0;
  #retryMs = firstRetryMs;
  #identity: ProducerIdentity | undefined;
  #nextSequence = 0;
  #spoiled: ProducerIdentity | undefined;

  constructor(topic: string, index: number) {
    this.topic = topic;
    this.index = index;
  }

  /** Numbers a batch that is about to be sent. False when `current` cannot be used here any more: a new one is needed. */
  number(batch: Batch, current: ProducerIdentity): boolean {
    if (batch.identity !== undefined) return true;
    if (this.#spoiled === current) return false;
    if (this.#identity !== current) {
      this.#identity = current;
      this.#nextSequence = 0;
    }
    batch.identity = current;
    batch.sequence = this.#nextSequence;
    return true;
  }

  /** Kafka has the batch. */
  acknowledged(batch: Batch): void {
    const next = batch.sequence + batch.records.length;
    this.#nextSequence = next > maxSequence ? next - maxSequence - 1 : next;
    this.#retryMs = firstRetryMs;
    this.notBeforeMs = 0;
  }

  /** Kafka may have a batch or not, and will not be asked again. */
  spoil(batch: Batch): void {
    this.#spoiled = batch.identity ?? this.#spoiled;
  }

  /** The first batch is tried again, later and later. */
  backOff(nowMs: number): void {
    this.notBeforeMs = nowMs + this.#retryMs;
    this.#retryMs = Math.min(maxRetryMs, this.#retryMs * 2);
  }
}
