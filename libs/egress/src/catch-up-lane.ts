import type { KafkaRecord, RecordFeed } from '@eventing-kafka/kafka-client';
import type { CatchUpOptions } from './catch-up.ts';
import type { EgressPartition, EgressWindow } from './egress-partition.ts';
import type { Appended } from './partition-window.ts';

/** How long a window is read before it is the turn of another one in the same partition: moving costs a new fetch. */
const turnMs = 500;

/**
 * The egresses that catch up in one partition, each in a window that begins where it stands. One window is read at a time;
 * windows whose egresses have no room are passed over, so that a dead subscriber takes no turn.
 */
export class CatchUpLane {
  readonly partition: number;
  readonly #options: Pick<CatchUpOptions, 'headOf' | 'createWindow' | 'maxLeadBytes' | 'budget'>;
  /** In the order of their turns. */
  readonly #windows = new Set<EgressWindow>();
  #active: EgressWindow | undefined;
  #activeSinceMs = 0;
  #wants = false;
  #paused = false;

  constructor(partition: number, options: Pick<CatchUpOptions, 'headOf' | 'createWindow' | 'maxLeadBytes' | 'budget'>) {
    this.partition = partition;
    this.#options = options;
  }

  /** Whether nobody catches up here any more. */
  get isEmpty(): boolean {
    return this.#windows.size === 0;
  }

  /** Whether records are wanted now, as {@link review} found. */
  get wants(): boolean {
    return this.#wants;
  }

  /** Whether somebody waits for the records that are {@link wants wanted}. */
  get isHungry(): boolean {
    return this.#active?.isHungry === true;
  }

  /** Where reading goes on. */
  get nextOffset(): number {
    return this.#active?.nextOffset ?? this.#windows.values().next().value?.nextOffset ?? 0;
  }

  adopt(part: EgressPartition): void {
    part.enter(this.#windowFor(part), true);
  }

  /** Lets go of everything. */
  close(): void {
    for (const window of [...this.#windows]) this.#close(window);
    this.#wants = false;
  }

  /** Moves on who can, and decides which window is read, and whether. */
  review(nowMs: number): void {
    for (const window of [...this.#windows]) {
      this.#promote(window);
      if (window.cursors.size === 0) this.#close(window);
      else window.trim();
    }
    const active = this.#active;
    const turnIsOver = active !== undefined && nowMs - this.#activeSinceMs > turnMs;
    if (active === undefined || turnIsOver || !this.#isWanted(active)) {
      const next = this.#nextHungry();
      if (next !== undefined && next !== active) {
        this.#active = next;
        this.#activeSinceMs = nowMs;
        this.#windows.delete(next);
        this.#windows.add(next);
      }
    }
    this.#wants = this.#active !== undefined && this.#isWanted(this.#active);
  }

  /** A reader is opened at {@link nextOffset}. */
  begins(): void {
    this.#paused = false;
  }

  /** Has the reader read this partition where the window goes on; pauses it when the window has far more than it should. */
  async aim(reader: RecordFeed): Promise<void> {
    const position = reader.position(this.partition);
    if (position === undefined) return;
    const active = this.#active;
    if (this.#wants && active !== undefined && position !== active.nextOffset) {
      await reader.seek(this.partition, active.nextOffset);
    }
    if (this.#paused && this.#wants) {
      this.#paused = false;
      reader.resume([this.partition]);
    } else if (!this.#paused && !this.#wants && (active === undefined || active.leadBytes > 2 * this.#leadBytes)) {
      this.#paused = true;
      reader.pause([this.partition]);
    }
  }

  /** The reader came to the end of the log; whether that takes somebody further. */
  reachedEnd(from: number, to: number): boolean {
    const window = this.#active;
    if (window?.reachedEnd(from, to) !== true) return false;
    for (const part of [...window.cursors]) part.proceed();
    return true;
  }

  /** Takes records the reader found. */
  take(records: readonly KafkaRecord[]): Appended {
    const window = this.#active;
    if (window === undefined) return { bytes: 0, wentBackTo: undefined };
    const appended = window.append(records);
    for (const part of [...window.cursors]) part.proceed();
    return appended;
  }

  #isWanted(window: EgressWindow): boolean {
    return window.isHungry || window.leadBytes < this.#leadBytes;
  }

  get #leadBytes(): number {
    return this.#options.budget.leadShare(this.#options.maxLeadBytes);
  }

  #nextHungry(): EgressWindow | undefined {
    for (const window of this.#windows) if (window !== this.#active && window.isHungry) return window;
    return this.#active;
  }

  #windowFor(part: EgressPartition): EgressWindow {
    for (const window of this.#windows) if (joins(part, window)) return window;
    const window = this.#options.createWindow(this.partition, part.nextOffset);
    this.#windows.add(window);
    return window;
  }

  /** Moves egresses on to the head, or to another window that is further along. */
  #promote(window: EgressWindow): void {
    const head = this.#options.headOf(this.partition);
    for (const part of [...window.cursors]) {
      if (head?.covers(part.nextOffset) === true) {
        part.enter(head, false);
        part.proceed();
        // The head may not be read at this moment, since nobody waited there.
        part.roomier();
      } else if (part.nextOffset === window.nextOffset) {
        for (const other of this.#windows) {
          if (other === window || other.nextOffset <= part.nextOffset || !joins(part, other)) continue;
          part.enter(other, true);
          part.proceed();
          break;
        }
      }
    }
  }

  #close(window: EgressWindow): void {
    this.#windows.delete(window);
    if (this.#active === window) this.#active = undefined;
    window.close();
  }
}

/** Whether an egress can read on in a window without missing anything and without waiting for it to get there. */
function joins(part: EgressPartition, window: EgressWindow): boolean {
  return window.covers(part.nextOffset) && part.nextOffset <= window.nextOffset;
}
