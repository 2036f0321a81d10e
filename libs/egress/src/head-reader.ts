import type { KafkaRecord, RecordFeed } from '@eventing-kafka/kafka-client';
import { BatchSize } from './batch-size.ts';
import type { EgressLimits } from './egress-limits.ts';
import type { EgressWindow } from './egress-partition.ts';
import type { RecordBudget } from './record-budget.ts';
import { Wakeup } from './wakeup.ts';

/** What reading the head of a topic needs. */
export interface HeadReaderOptions {
  readonly budget: RecordBudget;
  readonly limits: Pick<EgressLimits, 'maxBatchRecords' | 'maxLeadBytes'>;
  /** Records came: whatever the trouble was, it is over. */
  readonly recovered: () => void;
  readonly failed: (error: unknown) => void;
  /** The log of a partition begins at `offset` now, below what was read of it: {@link HeadReader.restart} is to follow. */
  readonly wentBack: (partition: number, offset: number) => void;
}

interface Head {
  window: EgressWindow;
  /** The feed is on its way to the start of the window: what it still brings belongs to the time before. */
  moving: boolean;
  wanted: boolean;
  paused: boolean;
  /** It is being given up: nothing more is read, and it is not paused either, because Kafka clients remember that. */
  leaving: boolean;
}

/** The longest wait of the reading loop before it looks again by itself. */
const reviewIntervalMs = 1_000;
const reviewDelayMs = 5;
const retryDelayMs = 1_000;

/**
 * Reads a feed into the head windows of its partitions: a partition is read while one of its egresses waits for records, and a
 * little ahead otherwise. So the fastest egress sets the pace, and when all are busy nothing is read.
 */
export class HeadReader {
  readonly #options: HeadReaderOptions;
  readonly #heads = new Map<number, Head>();
  readonly #wakeup = new Wakeup();
  readonly #size: BatchSize;
  #reading: { readonly feed: RecordFeed; readonly signal: AbortSignal } | undefined;
  #readable = false;
  /** Whether some egress waits for records. */
  #hungry = false;
  /** Whether reading ahead waits for memory. */
  #lacksRoom = false;
  #pausedCount = 0;
  #reviewing: 'no' | 'soon' | 'at once' = 'no';
  #reviewTimer: NodeJS.Timeout | undefined;

  constructor(options: HeadReaderOptions) {
    this.#options = options;
    this.#size = new BatchSize(options.limits.maxBatchRecords, () => this.#leadBytes);
  }

  /** Partitions that are ours. */
  get partitions(): readonly number[] {
    return [...this.#heads.keys()];
  }

  /** The window at the head of a partition, undefined when the partition is not ours or about to be given up. */
  windowOf(partition: number): EgressWindow | undefined {
    const head = this.#heads.get(partition);
    return head?.leaving === false ? head.window : undefined;
  }

  /** Partitions whose egresses wait for records, and where they do. */
  get waiting(): readonly { readonly partition: number; readonly nextOffset: number }[] {
    return [...this.#heads.values()].flatMap(({ window, wanted, leaving }) =>
      wanted && !leaving && window.isHungry ? [{ partition: window.partition, nextOffset: window.nextOffset }] : [],
    );
  }

  /** A partition is ours from now on. */
  own(window: EgressWindow): void {
    this.#heads.set(window.partition, { window, moving: false, wanted: false, paused: false, leaving: false });
  }

  /** Reads a partition of ours anew, from the start of `window` on. The egresses of its old window have left. */
  restart(window: EgressWindow): void {
    const head = this.#heads.get(window.partition);
    if (head === undefined) return;
    head.window.close();
    head.window = window;
    head.moving = true;
    void this.#move(head, window);
  }

  /** The log of a partition ends at `to`, and has no record from `from` on: its egresses are done there. */
  reachedEnd(partition: number, from: number, to: number): void {
    const head = this.#heads.get(partition);
    if (head === undefined || head.moving || head.leaving || !head.window.reachedEnd(from, to)) return;
    for (const part of [...head.window.cursors]) part.proceed();
  }

  /** A partition is about to be given up. */
  leave(partition: number): void {
    const head = this.#heads.get(partition);
    if (head !== undefined) head.leaving = true;
  }

  /** A partition is not ours any more; its egresses have left. */
  disown(partition: number): void {
    const head = this.#heads.get(partition);
    if (head === undefined) return;
    if (head.paused) this.#pausedCount -= 1;
    head.window.close();
    this.#heads.delete(partition);
  }

  /**
   * Something changed for an egress. Any number of calls make one review, and none while all is read anyway. One that waits for
   * records (`hungry`) has it at once; for all others there are records ahead, and it may take a few milliseconds.
   */
  requestReview(hungry: boolean): void {
    const all = this.#readable && this.#pausedCount === 0;
    if (this.#reviewing === 'at once' || (all && !(hungry && this.#lacksRoom))) return;
    if (hungry) {
      this.#reviewing = 'at once';
      clearTimeout(this.#reviewTimer);
      setImmediate(this.#reviewNow);
    } else if (this.#reviewing === 'no') {
      this.#reviewing = 'soon';
      this.#reviewTimer = setTimeout(this.#reviewNow, reviewDelayMs);
    }
  }

  readonly #reviewNow = (): void => {
    this.#reviewing = 'no';
    this.#review();
    // Not from the review of the reading loop itself, which would end each of its own waits at once.
    if (this.#readable) this.#wakeup.wake();
  };

  /** Reads until `signal` is aborted. */
  async run(feed: RecordFeed, signal: AbortSignal): Promise<void> {
    this.#reading = { feed, signal };
    while (!signal.aborted) {
      this.#review();
      if (!this.#readable) {
        await this.#wakeup.wait(reviewIntervalMs, signal);
      } else if (!this.#options.budget.makeRoom(this.#hungry)) {
        // Whoever gives memory back may serve another topic and not know of us.
        this.#lacksRoom = true;
        await this.#wakeup.wait(50, signal);
        this.#lacksRoom = false;
      } else {
        try {
          const records = await feed.nextBatch({ maxRecords: this.#size.records, signal });
          if (records.length > 0) this.#take(records);
        } catch (error) {
          this.#options.failed(error);
          // Nobody who has room for more shortens this.
          await new Wakeup().wait(retryDelayMs, signal);
        }
      }
    }
    this.#reading = undefined;
    clearTimeout(this.#reviewTimer);
  }

  /** Has the feed go where a window starts, for as long as it takes. */
  async #move(head: Head, window: EgressWindow): Promise<void> {
    const reading = this.#reading;
    if (reading === undefined) return;
    const { feed, signal } = reading;
    const isDue = (): boolean =>
      this.#heads.get(window.partition) === head && head.window === window && !head.leaving && !signal.aborted;
    while (isDue()) {
      try {
        await feed.seek(window.partition, window.nextOffset);
        if (isDue()) head.moving = false;
        this.requestReview(true);
        return;
      } catch (error) {
        if (isDue()) this.#options.failed(error);
        await new Wakeup().wait(retryDelayMs, signal);
      }
    }
  }

  /** Hands a batch to the windows of its partitions, and lets the egresses there go on. */
  #take(records: readonly KafkaRecord[]): void {
    this.#options.recovered();
    const arrivedMs = performance.now();
    let bytes = 0;
    for (const [partition, ofPartition] of Map.groupBy(records, (record) => record.partition)) {
      const window = this.windowOf(partition);
      if (window === undefined || this.#heads.get(partition)?.moving === true) continue;
      const appended = window.append(ofPartition);
      bytes += appended.bytes;
      const filteredMs = performance.now() - arrivedMs;
      const eventType = window.newest?.event?.type;
      for (const part of [...window.cursors]) {
        part.pipeline.meters.filtered(eventType, filteredMs);
        part.proceed();
      }
      if (appended.wentBackTo !== undefined) this.#options.wentBack(partition, appended.wentBackTo);
    }
    this.#size.observed(records.length, bytes);
  }

  /** Decides which partitions to read. */
  #review(): void {
    const feed = this.#reading?.feed;
    if (feed === undefined) return;
    let readable = false;
    let hungry = false;
    for (const head of this.#heads.values()) {
      head.window.trim();
      head.wanted = this.#wants(head);
      readable ||= head.wanted;
      hungry ||= head.wanted && head.window.isHungry;
    }
    this.#readable = readable;
    this.#hungry = hungry;
    if (!readable) return;
    // While others are read, one that is not wanted gets more than it should, and is paused when that is too much: pausing throws
    // away what was fetched. When none is wanted nobody asks for records anyway.
    const pause: number[] = [];
    const resume: number[] = [];
    for (const [partition, head] of this.#heads) {
      if (head.paused && head.wanted) resume.push(partition);
      else if (!head.paused && !head.wanted && !head.leaving && this.#isOverfull(head)) pause.push(partition);
      else continue;
      head.paused = !head.paused;
    }
    this.#pausedCount += pause.length - resume.length;
    if (pause.length > 0) feed.pause(pause);
    if (resume.length > 0) feed.resume(resume);
  }

  #wants({ window, leaving }: Head): boolean {
    if (leaving || window.cursors.size === 0) return false;
    return window.isHungry || window.leadBytes < this.#leadBytes;
  }

  #isOverfull({ window }: Head): boolean {
    return window.cursors.size === 0 || window.leadBytes > 2 * this.#leadBytes;
  }

  get #leadBytes(): number {
    return this.#options.budget.leadShare(this.#options.limits.maxLeadBytes);
  }
}
