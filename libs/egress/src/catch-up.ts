import { isKafkaError, type RecordFeed } from '@eventing-kafka/kafka-client';
import type { Logger } from '@eventing-kafka/logging';
import { BatchSize } from './batch-size.ts';
import type { EgressPartition, EgressWindow } from './egress-partition.ts';
import type { RecordBudget } from './record-budget.ts';
import { Wakeup } from './wakeup.ts';

/** What catching up needs of the topic it belongs to. */
export interface CatchUpOptions {
  readonly topic: string;
  readonly budget: RecordBudget;
  readonly logger: Logger;
  readonly maxBatchRecords: number;
  readonly maxBatchBytes: number;
  /** Opens a reader of these partitions, outside any group. */
  readonly openReader: (positions: ReadonlyMap<number, number>) => Promise<RecordFeed>;
  /** The window at the head of a partition, undefined when the partition is not ours. */
  readonly headOf: (partition: number) => EgressWindow | undefined;
  readonly createWindow: (partition: number, offset: number) => EgressWindow;
}

interface OpenReader {
  readonly feed: RecordFeed;
  readonly partitions: ReadonlySet<number>;
  /** The one partition that is not paused. */
  reading: number | undefined;
}

/** How long one read may wait for records, so that a stretch without any holds back no other egress. */
const readTimeoutMs = 2_000;
/** How long a reader without work stays open. */
const idleTimeoutMs = 10_000;
const retryDelayMs = 1_000;

/**
 * Reads for the egresses that are behind the head of their partitions: one reader for the whole topic, which goes from one to
 * the next and reads a batch where an egress has room for a good part of its capacity. Egresses near each other share a window.
 * Who reaches the head goes on there.
 */
export class CatchUp implements AsyncDisposable {
  readonly #options: CatchUpOptions;
  /** In the order of their turns. */
  readonly #windows = new Set<EgressWindow>();
  readonly #wakeup = new Wakeup();
  readonly #closing = new AbortController();
  readonly #size: BatchSize;
  #running: Promise<void> | undefined;
  #reader: OpenReader | undefined;

  constructor(options: CatchUpOptions) {
    this.#options = options;
    this.#size = new BatchSize(options.maxBatchRecords, options.maxBatchBytes);
  }

  /** How many places of the log are read for laggards at this moment. */
  get windows(): number {
    return this.#windows.size;
  }

  /** Reads for an egress that stands behind the head of its partition, until it is there. */
  adopt(part: EgressPartition): void {
    if (this.#closing.signal.aborted || part.lifetime.ended) return;
    part.enter(this.#windowFor(part), true);
    this.#running ??= this.#run();
    this.wake();
  }

  /** Somebody may have room for more. */
  wake(): void {
    this.#wakeup.wake();
  }

  /** A partition is not ours any more; its egresses have left. */
  release(partition: number): void {
    for (const window of [...this.#windows]) if (window.partition === partition) this.#close(window);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.wake();
    await this.#running;
    for (const window of [...this.#windows]) this.#close(window);
    await this.#closeReader();
  }

  #windowFor(part: EgressPartition): EgressWindow {
    for (const window of this.#windows) {
      if (window.partition === part.partition && this.#joins(part, window)) return window;
    }
    const window = this.#options.createWindow(part.partition, part.nextOffset);
    this.#windows.add(window);
    return window;
  }

  /** Whether an egress can read in a window without waiting for it to get there. */
  #joins(part: EgressPartition, window: EgressWindow): boolean {
    return window.covers(part.nextOffset) && part.nextOffset <= window.nextOffset;
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const window = this.#nextTurn();
      if (window === undefined) {
        const woken = await this.#wakeup.wait(idleTimeoutMs, signal);
        if (!woken && this.#windows.size === 0) await this.#closeReader();
        continue;
      }
      if (!this.#options.budget.makeRoom()) {
        await this.#wakeup.wait(100, signal);
        continue;
      }
      try {
        await this.#read(window);
      } catch (error) {
        if (signal.aborted) return;
        const level = isKafkaError(error) && error.retriable ? 'warn' : 'error';
        this.#options.logger[level]('reading for egresses that are behind failed and is tried again', {
          topic: this.#options.topic,
          error,
        });
        await this.#closeReader();
        await this.#wakeup.wait(retryDelayMs, signal);
      }
    }
  }

  /** The next window with an egress that has room; its turn after this one comes last. */
  #nextTurn(): EgressWindow | undefined {
    for (const window of [...this.#windows]) {
      this.#promote(window);
      if (window.cursors.size === 0) {
        this.#close(window);
      } else if (window.isHungry) {
        this.#windows.delete(window);
        this.#windows.add(window);
        return window;
      }
    }
    return undefined;
  }

  async #read(window: EgressWindow): Promise<void> {
    const { partition } = window;
    const reader = await this.#readerOf(partition);
    if (reader.feed.position(partition) !== window.nextOffset) await reader.feed.seek(partition, window.nextOffset);
    if (reader.reading !== partition) {
      reader.feed.pause([...reader.partitions].filter((other) => other !== partition));
      reader.feed.resume([partition]);
      reader.reading = partition;
    }
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(readTimeoutMs)]);
    const records = (await reader.feed.nextBatch({ maxRecords: this.#size.records, signal })).filter(
      (record) => record.partition === partition,
    );
    if (!this.#windows.has(window)) return;
    this.#size.observed(records.length, window.append(records));
    const position = reader.feed.position(partition);
    if (position !== undefined) window.advanceTo(position);
    for (const cursor of [...window.cursors]) cursor.proceed();
    window.trim();
    this.#promote(window);
  }

  /** Moves egresses on to the head, or to another window that is further along. */
  #promote(window: EgressWindow): void {
    const head = this.#options.headOf(window.partition);
    for (const part of [...window.cursors]) {
      if (head?.covers(part.nextOffset) === true) {
        part.enter(head, false);
        part.proceed();
        continue;
      }
      if (part.nextOffset < window.nextOffset) continue;
      for (const other of this.#windows) {
        if (
          other === window ||
          other.partition !== window.partition ||
          part.nextOffset === other.nextOffset ||
          !this.#joins(part, other)
        )
          continue;
        part.enter(other, true);
        part.proceed();
        break;
      }
    }
  }

  async #readerOf(partition: number): Promise<OpenReader> {
    if (this.#reader?.partitions.has(partition) === true) return this.#reader;
    await this.#closeReader();
    const positions = new Map<number, number>();
    for (const window of this.#windows) positions.set(window.partition, window.nextOffset);
    const feed = await this.#options.openReader(positions);
    const partitions = new Set(positions.keys());
    this.#reader = { feed, partitions, reading: undefined };
    return this.#reader;
  }

  async #closeReader(): Promise<void> {
    const reader = this.#reader;
    this.#reader = undefined;
    await reader?.feed[Symbol.asyncDispose]();
  }

  #close(window: EgressWindow): void {
    this.#windows.delete(window);
    window.close();
  }
}
