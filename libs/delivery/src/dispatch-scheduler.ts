/** In what order the records of an egress are delivered. */
export type DispatchOrder =
  /** As many at once as allowed; partitions take turns. */
  | 'unordered'
  /** One at a time for each partition, in order of offset. */
  | 'ordered'
  /** One at a time for each key of a partition, in order of offset; records without a key are unordered. */
  | 'key';

/** Where a record belongs. */
export interface Schedulable {
  readonly partition: number;
  /** The record's key as text; only looked at with order `key`. */
  readonly key?: string | null | undefined;
}

/** The order that a contract's `delivery_order` asks for: 1 ordered, 2 by key, 0 and unknown values unordered. */
export function dispatchOrder(deliveryOrder: number): DispatchOrder {
  return deliveryOrder === 1 ? 'ordered' : deliveryOrder === 2 ? 'key' : 'unordered';
}

/** Records of one partition, or one key of it, that wait in order. */
interface Lane<T> {
  readonly id: string;
  readonly partition: number;
  readonly limit: number;
  readonly waiting: T[];
  /** Where in `waiting` the next record is; taken ones are cut off now and then. */
  next: number;
  busy: number;
  /** Whether the lane is in the queue of lanes that may start a record. */
  ready: boolean;
}

/**
 * Decides which record starts next, and does nothing else: it holds what was added, hands out what order and concurrency allow,
 * and is told what finished. Lanes take turns, so that one partition cannot take all slots. How many records wait is up to
 * the caller: add no more than {@link DispatchScheduler.waiting} allows you.
 */
export class DispatchScheduler<T extends Schedulable> {
  readonly #order: DispatchOrder;
  readonly #lanes = new Map<string, Lane<T>>();
  /** Lanes that may start a record, in the order of their turn; taken ones are cut off now and then. */
  readonly #ready: Lane<T>[] = [];
  #nextReady = 0;
  #waiting = 0;
  #inFlight = 0;
  /** How many records may be in flight at once; may be changed at any time, those in flight are not stopped. */
  maxInFlight: number;

  constructor(options: { readonly order: DispatchOrder; readonly maxInFlight: number }) {
    this.#order = options.order;
    this.maxInFlight = options.maxInFlight;
  }

  /** Records added and not yet started. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Records started and not yet finished. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Lets a record wait for its turn. Records of a partition are added in order of offset. */
  add(record: T): void {
    const lane = this.#laneOf(record);
    lane.waiting.push(record);
    this.#waiting++;
    this.#offer(lane);
  }

  /** The record to start now, or `undefined` if none may. Tell {@link finish} when it is done. */
  next(): T | undefined {
    while (this.#inFlight < this.maxInFlight) {
      const lane = this.#takeReady();
      if (lane === undefined) return undefined;
      const record = takeWaiting(lane);
      // A lane whose partition was given up meanwhile has nothing left.
      if (record === undefined) continue;
      lane.busy++;
      this.#inFlight++;
      this.#waiting--;
      this.#offer(lane);
      return record;
    }
    return undefined;
  }

  /** A started record is done, whatever its outcome; its lane may go on. */
  finish(record: T): void {
    this.#inFlight--;
    const lane = this.#lanes.get(this.#laneId(record));
    if (lane === undefined) return;
    lane.busy--;
    this.#offer(lane);
    this.#forgetIfEmpty(lane);
  }

  /** Gives up a partition: its waiting records are returned in order of their lanes and never started; those in flight go on. */
  revoke(partition: number): readonly T[] {
    const dropped: T[] = [];
    for (const lane of this.#lanes.values()) {
      if (lane.partition !== partition) continue;
      for (let index = lane.next; index < lane.waiting.length; index++) {
        const record = lane.waiting[index];
        if (record !== undefined) dropped.push(record);
      }
      lane.waiting.length = 0;
      lane.next = 0;
      this.#forgetIfEmpty(lane);
    }
    this.#waiting -= dropped.length;
    return dropped;
  }

  #laneOf(record: T): Lane<T> {
    const id = this.#laneId(record);
    const known = this.#lanes.get(id);
    if (known !== undefined) return known;
    const limit =
      this.#order === 'unordered' || (this.#order === 'key' && !hasKey(record)) ? Number.POSITIVE_INFINITY : 1;
    const lane: Lane<T> = { id, partition: record.partition, limit, waiting: [], next: 0, busy: 0, ready: false };
    this.#lanes.set(id, lane);
    return lane;
  }

  #laneId(record: T): string {
    return this.#order === 'key' && hasKey(record) ? `${record.partition}/${record.key}` : String(record.partition);
  }

  #offer(lane: Lane<T>): void {
    if (lane.ready || lane.next >= lane.waiting.length || lane.busy >= lane.limit) return;
    lane.ready = true;
    this.#ready.push(lane);
  }

  #takeReady(): Lane<T> | undefined {
    const lane = this.#ready[this.#nextReady];
    if (lane === undefined) return undefined;
    this.#nextReady = cutTaken(this.#ready, this.#nextReady + 1);
    lane.ready = false;
    return lane;
  }

  #forgetIfEmpty(lane: Lane<T>): void {
    if (lane.busy === 0 && lane.next >= lane.waiting.length) this.#lanes.delete(lane.id);
  }
}

function hasKey(record: Schedulable): record is Schedulable & { readonly key: string } {
  return typeof record.key === 'string';
}

function takeWaiting<T>(lane: Lane<T>): T | undefined {
  const record = lane.waiting[lane.next];
  if (record !== undefined) lane.next = cutTaken(lane.waiting, lane.next + 1);
  return record;
}

/** Removes what was taken from the front of a queue once that is half of it, so that taking costs constant time on average. */
function cutTaken(queue: unknown[], taken: number): number {
  if (taken === queue.length) {
    queue.length = 0;
    return 0;
  }
  if (taken < 32 || taken * 2 < queue.length) return taken;
  queue.splice(0, taken);
  return 0;
}
