import type { KafkaError } from '../kafka-error.ts';
import type { Batch } from './batch.ts';
import type { PartitionQueue } from './partition-queue.ts';

/** The batches whose records have no answer yet: how much they are, when the first of them is late, and when there are none. */
export class UnsettledBatches {
  readonly #late: () => void;
  readonly #batches = new Set<Batch>();
  #records = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = 0;
  #drained: (() => void) | undefined;

  /** `late` is called when the deadline of a batch has come; it settles what is late. */
  constructor(late: () => void) {
    this.#late = late;
  }

  /** Records that were accepted and have no answer. */
  get records(): number {
    return this.#records;
  }

  /** Their keys, values and headers. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A record of `bytes` was accepted. */
  accepted(bytes: number): void {
    this.#records += 1;
    this.#bytes += bytes;
  }

  /** A record that was accepted got its answer outside of any batch. */
  answered(bytes: number): void {
    this.#records -= 1;
    this.#bytes -= bytes;
    this.#tellDrained();
  }

  /** Watches the deadline of a batch. */
  add(batch: Batch): void {
    this.#batches.add(batch);
    const { deadlineMs } = batch.times;
    if (this.#timer === undefined || deadlineMs < this.#timerAtMs) this.#wakeAt(deadlineMs);
  }

  /** The records of a batch were put into others. False when they have their answers. */
  remove(batch: Batch): boolean {
    return this.#batches.delete(batch);
  }

  /** Kafka has the batch, from this offset on. */
  resolve({ index: partition }: PartitionQueue, batch: Batch, baseOffset: number): void {
    this.#settle(batch);
    const { records } = batch;
    for (let index = 0; index < records.length; index += 1)
      records[index]?.resolve({ partition, offset: baseOffset + index });
  }

  /** The batch failed, or is given up. */
  reject(batch: Batch, error: KafkaError): void {
    this.#settle(batch);
    for (const record of batch.records) record.reject(error);
  }

  rejectAll(error: KafkaError): void {
    for (const batch of [...this.#batches]) this.reject(batch, error);
  }

  /** Resolves when no record waits for an answer, or when `hopeless` says that waiting on is of no use. */
  drained(hopeless: () => boolean): Promise<void> {
    if (this.#records === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const check = setInterval(() => {
        if (hopeless()) this.#drained?.();
      }, hopeCheckMs);
      this.#drained = () => {
        clearInterval(check);
        resolve();
      };
    });
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #settle(batch: Batch): void {
    batch.settled = true;
    this.#batches.delete(batch);
    this.#records -= batch.records.length;
    this.#bytes -= batch.bytes;
    this.#tellDrained();
  }

  #tellDrained(): void {
    if (this.#records === 0) this.#drained?.();
  }

  #wakeAt(deadlineMs: number): void {
    clearTimeout(this.#timer);
    this.#timerAtMs = deadlineMs;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        this.#late();
        let nextMs = Infinity;
        for (const batch of this.#batches) nextMs = Math.min(nextMs, batch.times.deadlineMs);
        if (nextMs < Infinity) this.#wakeAt(nextMs);
      },
      Math.max(1, deadlineMs - performance.now()),
    );
  }
}

const hopeCheckMs = 50;
