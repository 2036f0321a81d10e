import { isKafkaError, type KafkaRecord, type RecordFeed } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import { BatchSize } from './batch-size.ts';
import { CatchUpLane } from './catch-up-lane.ts';
import type { EgressPartition, EgressWindow } from './egress-partition.ts';
import type { RecordBudget } from './record-budget.ts';
import { Wakeup } from './wakeup.ts';

/** What catching up needs of the topic it belongs to. */
export interface CatchUpOptions {
  readonly topic: string;
  readonly budget: RecordBudget;
  readonly logger: Logger;
  readonly maxBatchRecords: number;
  /** Bytes read ahead of the egresses of a window. */
  readonly maxLeadBytes: number;
  /** Opens a reader of these partitions, outside any group. */
  readonly openReader: (positions: ReadonlyMap<number, number>) => Promise<RecordFeed>;
  /** The window at the head of a partition, undefined when the partition is not ours. */
  readonly headOf: (partition: number) => EgressWindow | undefined;
  readonly createWindow: (partition: number, offset: number) => EgressWindow;
  /** The log of a partition begins at `offset` now, below what was read of it; nobody catches up there any more. */
  readonly wentBack: (partition: number, offset: number) => void;
}

/** How long one read may wait for records before everything is looked at again. */
const readTimeoutMs = 1_000;
/** How long a reader without work stays open. */
const idleTimeoutMs = 10_000;
const retryDelayMs = 1_000;

/**
 * Reads for the egresses that are behind the head of their partitions: one reader for the whole topic, whatever their number.
 * Egresses near each other in a partition share a window; those far from each other take turns. Who reaches the head goes on
 * there.
 */
export class CatchUp implements AsyncDisposable {
  readonly #options: CatchUpOptions;
  readonly #lanes = new Map<number, CatchUpLane>();
  readonly #wakeup = new Wakeup();
  readonly #closing = new AbortController();
  readonly #size: BatchSize;
  #running: Promise<void> | undefined;
  #reader: RecordFeed | undefined;
  /** Ends the read under way, because a partition came that the reader does not have. */
  #interrupt = new AbortController();

  constructor(options: CatchUpOptions) {
    this.#options = options;
    this.#size = new BatchSize(options.maxBatchRecords, () => options.budget.leadShare(options.maxLeadBytes));
  }

  /** Reads for an egress that stands behind the head of its partition, until it is there. */
  adopt(part: EgressPartition): void {
    if (this.#closing.signal.aborted || part.lifetime.ended) return;
    let lane = this.#lanes.get(part.partition);
    if (lane === undefined) {
      lane = new CatchUpLane(part.partition, this.#options);
      this.#lanes.set(part.partition, lane);
      this.#interrupt.abort();
    }
    lane.adopt(part);
    this.#running ??= this.#run();
    this.wake();
  }

  /** The log of a partition ends at `to`, and has no record from `from` on. */
  reachedEnd(partition: number, from: number, to: number): void {
    if (this.#lanes.get(partition)?.reachedEnd(from, to) === true) this.wake();
  }

  /** Somebody may have room for more. */
  wake(): void {
    this.#wakeup.wake();
  }

  /** A partition is not ours any more; its egresses have left. */
  release(partition: number): void {
    this.#lanes.get(partition)?.close();
    this.#lanes.delete(partition);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.wake();
    await this.#running;
    for (const lane of this.#lanes.values()) lane.close();
    this.#lanes.clear();
    await this.#closeReader();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const wanted = this.#review();
        if (wanted.length === 0) {
          const woken = await this.#wakeup.wait(this.#lanes.size === 0 ? idleTimeoutMs : readTimeoutMs, signal);
          if (!woken && this.#lanes.size === 0) await this.#closeReader();
        } else if (!this.#options.budget.makeRoom(wanted.some((lane) => lane.isHungry))) {
          await this.#wakeup.wait(50, signal);
        } else {
          await this.#read(wanted);
        }
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        const level = isKafkaError(error) && error.retriable ? 'warn' : 'error';
        const { logger, topic } = this.#options;
        logger[level]('reading for egresses that are behind failed and is tried again', { topic, error });
        await this.#closeReader();
        // Nobody who has room for more shortens this.
        await new Wakeup().wait(retryDelayMs, signal);
      }
    }
  }

  /** Moves on who can, and finds out which partitions to read. */
  #review(): CatchUpLane[] {
    const wanted: CatchUpLane[] = [];
    for (const lane of [...this.#lanes.values()]) {
      lane.review(performance.now());
      if (lane.isEmpty) this.#lanes.delete(lane.partition);
      else if (lane.wants) wanted.push(lane);
    }
    return wanted;
  }

  async #read(wanted: readonly CatchUpLane[]): Promise<void> {
    this.#interrupt = new AbortController();
    const reader = await this.#readerOf(wanted);
    for (const lane of this.#lanes.values()) await lane.aim(reader);
    const signal = AbortSignal.any([this.#closing.signal, this.#interrupt.signal, AbortSignal.timeout(readTimeoutMs)]);
    const records = await reader.nextBatch({ maxRecords: this.#size.records, signal });
    if (records.length > 0) this.#take(records);
  }

  #take(records: readonly KafkaRecord[]): void {
    const byPartition = Map.groupBy(records, (record) => record.partition);
    let bytes = 0;
    for (const [partition, ofPartition] of byPartition) {
      const appended = this.#lanes.get(partition)?.take(ofPartition);
      if (appended === undefined) continue;
      bytes += appended.bytes;
      if (appended.wentBackTo === undefined) continue;
      // Kept, the lane would ask for its old place again and again.
      this.release(partition);
      this.#options.wentBack(partition, appended.wentBackTo);
    }
    this.#size.observed(records.length, bytes);
  }

  /** The reader, opened anew when it lacks a partition. */
  async #readerOf(wanted: readonly CatchUpLane[]): Promise<RecordFeed> {
    const known = this.#reader;
    if (known !== undefined && wanted.every((lane) => known.position(lane.partition) !== undefined)) return known;
    await this.#closeReader();
    const positions = new Map([...this.#lanes.values()].map((lane) => [lane.partition, lane.nextOffset]));
    for (const lane of this.#lanes.values()) lane.begins();
    this.#reader = await this.#options.openReader(positions);
    return this.#reader;
  }

  async #closeReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.[Symbol.asyncDispose]();
  }
}
