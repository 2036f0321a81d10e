import type { KafkaRecord } from '@eventing-kafka/kafka-client';
import { FilteredWindow, type RecordSelection } from './filtered-window.ts';
import { HeldRecord } from './held-record.ts';
import type { RecordBudget, RecordHolder } from './record-budget.ts';
import { SlidingList } from './sliding-list.ts';

/** Where an egress stands in a window. */
export interface WindowCursor {
  /** The next offset it has not yet looked at. */
  readonly nextOffset: number;
  /** Whether it stands at the end of the window and could take more. */
  isHungry(): boolean;
  /** The window has grown: takes what it can. */
  proceed(): void;
  /** The window has nothing for it yet or no longer: it must read elsewhere. */
  evicted(): void;
}

/** What a window tells its feed. */
export interface WindowEvents {
  /** Records that cannot be read as events arrived. */
  undecodable(held: HeldRecord): void;
  /** `count` offsets before a record do not exist: transaction markers, compacted or deleted records. */
  skipped(count: number): void;
  /** Records were taken in, these first and last. */
  appended(first: KafkaRecord, last: KafkaRecord): void;
}

/** What became of records that were to be taken in. */
export interface Appended {
  /** Bytes taken in. */
  readonly bytes: number;
  /** Offset of the first record that begins below those before it: the log was cut or made anew, and begins there now. */
  readonly wentBackTo: number | undefined;
}

/**
 * The recent records of one partition, in the order of their offsets, and the egresses that read them.
 *
 * ```text
 *            startOffset                               nextOffset
 *   dropped ─────┤ held: taken by some egress │ lead: by none ├───── still to be read
 *                    ▲ slowest cursor         ▲ furthest cursor
 * ```
 */
export class PartitionWindow<Cursor extends WindowCursor = WindowCursor> implements RecordHolder {
  readonly partition: number;
  readonly cursors = new Set<Cursor>();
  readonly #budget: RecordBudget;
  readonly #events: WindowEvents;
  readonly #records = new SlidingList<HeldRecord>();
  readonly #filtered = new Map<string, { readonly view: FilteredWindow; users: number }>();
  #runningBytes = 0;
  #droppedBytes = 0;
  #nextOffset: number;

  constructor(partition: number, nextOffset: number, budget: RecordBudget, events: WindowEvents) {
    this.partition = partition;
    this.#nextOffset = nextOffset;
    this.#budget = budget;
    this.#events = events;
    budget.join(this);
  }

  /** Offset of the first record held, or {@link nextOffset} when none is. */
  get startOffset(): number {
    return this.#records.at(this.#records.start)?.offset ?? this.#nextOffset;
  }

  /** Offset the next record is expected at. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** The last record that arrived, if it is still held. */
  get newest(): HeldRecord | undefined {
    return this.#records.at(this.#records.end - 1);
  }

  get heldBytes(): number {
    return this.#runningBytes - this.#droppedBytes;
  }

  /** Bytes that no egress has looked at yet. */
  get leadBytes(): number {
    let furthest = 0;
    for (const cursor of this.cursors) furthest = Math.max(furthest, cursor.nextOffset);
    const index = this.#records.lowerBound((held) => held.offset >= furthest);
    return this.#runningBytes - (this.#records.at(index - 1)?.runningBytes ?? this.#droppedBytes);
  }

  /** Whether an egress at the end of the window could take more. */
  get isHungry(): boolean {
    for (const cursor of this.cursors) if (cursor.isHungry()) return true;
    return false;
  }

  /** Takes records of a batch in, up to the first that is below {@link nextOffset}. */
  append(records: readonly KafkaRecord[]): Appended {
    const fresh: HeldRecord[] = [];
    const before = this.#runningBytes;
    let wentBackTo: number | undefined;
    for (const record of records) {
      const gap = record.offset - this.#nextOffset;
      if (gap < 0) {
        wentBackTo = record.offset;
        break;
      }
      if (gap > 0) this.#events.skipped(gap);
      const held = new HeldRecord(record, this.#budget, this.#runningBytes);
      this.#runningBytes = held.runningBytes;
      this.#nextOffset = record.offset + 1;
      this.#records.push(held);
      fresh.push(held);
      if (held.event === undefined && !this.#wrapsAll()) this.#events.undecodable(held);
    }
    for (const { view } of this.#filtered.values()) view.extend(fresh);
    const [first] = fresh;
    const last = fresh.at(-1);
    if (first !== undefined && last !== undefined) this.#events.appended(first.record, last.record);
    return { bytes: this.#runningBytes - before, wentBackTo };
  }

  /** Whether everybody who reads here takes records that are no events. */
  #wrapsAll(): boolean {
    for (const { view } of this.#filtered.values()) if (!view.wraps) return false;
    return this.#filtered.size > 0;
  }

  /**
   * No record lies from `from` up to `to`, where the log ends: in transaction markers, when the two differ. Whether that takes the window
   * further; what is told of another place does not.
   */
  reachedEnd(from: number, to: number): boolean {
    if (from > this.#nextOffset || to <= this.#nextOffset) return false;
    this.#events.skipped(to - this.#nextOffset);
    this.#nextOffset = to;
    return true;
  }

  /** Whether a cursor at `offset` can read here without missing anything. */
  covers(offset: number): boolean {
    return offset >= this.startOffset;
  }

  /** The records that `selection` wants, judged once for all its users. To be given back with {@link unselect}. */
  select(selection: RecordSelection): FilteredWindow {
    const known = this.#filtered.get(selection.key);
    if (known !== undefined) {
      known.users += 1;
      return known.view;
    }
    const view = new FilteredWindow(selection);
    view.extend(this.#held());
    this.#filtered.set(selection.key, { view, users: 1 });
    return view;
  }

  /** One user of a selection less. */
  unselect(key: string): void {
    const known = this.#filtered.get(key);
    if (known === undefined) return;
    known.users -= 1;
    if (known.users === 0) this.#filtered.delete(key);
  }

  /** Drops what every cursor has passed. */
  trim(): void {
    let slowest = this.#nextOffset;
    for (const cursor of this.cursors) slowest = Math.min(slowest, cursor.nextOffset);
    this.#dropBelow(slowest);
  }

  /** Drops the oldest quarter, at least one record; cursors that wanted them are told. */
  evict(): void {
    const bytes = this.#droppedBytes + this.heldBytes / 4;
    const index = this.#records.lowerBound((held) => held.runningBytes > bytes);
    const last = this.#records.at(Math.min(index, this.#records.end - 1));
    if (last === undefined) return;
    this.#dropBelow(last.offset + 1);
    for (const cursor of [...this.cursors]) if (!this.covers(cursor.nextOffset)) cursor.evicted();
  }

  /** Lets go of everything. Its cursors must have left. */
  close(): void {
    this.#dropBelow(Infinity);
    this.#budget.leave(this);
  }

  #dropBelow(offset: number): void {
    const records = this.#records;
    let index = records.start;
    for (let held = records.at(index); held !== undefined && held.offset < offset; held = records.at(index)) {
      this.#droppedBytes = held.runningBytes;
      held.release();
      index += 1;
    }
    if (index === records.start) return;
    records.dropBelow(index);
    for (const { view } of this.#filtered.values()) view.dropBelow(offset);
  }

  *#held(): Iterable<HeldRecord> {
    for (let index = this.#records.start; index < this.#records.end; index += 1) {
      const held = this.#records.at(index);
      if (held !== undefined) yield held;
    }
  }
}
