import type { StartPosition } from '../interfaces.ts';
import type { KafkaRecord } from '../records.ts';

interface PartitionState {
  /** The offset after the last record handed out; undefined until it is known. */
  position: number | undefined;
  paused: boolean;
  /** Records that came while it was paused, for later. */
  held: KafkaRecord[];
  /** The last record that came. */
  lastOffset: number | undefined;
}

/** A log that ends at `to` and holds nothing from `from` on. */
export interface ReachedEnd {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Records between librdkafka and whoever asks for them. It knows which partitions are ours and which are paused, so that a
 * record of a partition that was given up, paused or moved meanwhile is never handed out. Holds about one batch.
 */
export class RecordBuffer {
  readonly #partitions = new Map<number, PartitionState>();
  #ready: KafkaRecord[] = [];
  /** Partitions whose log ended at an offset beyond all that came of it. */
  readonly #ends = new Map<number, number>();

  /** Records that can be handed out now. */
  get size(): number {
    return this.#ready.length;
  }

  get partitions(): readonly number[] {
    return [...this.#partitions.keys()];
  }

  has(partition: number): boolean {
    return this.#partitions.has(partition);
  }

  add(partition: number, start: StartPosition): void {
    this.#partitions.set(partition, {
      position: typeof start === 'number' ? start : undefined,
      paused: false,
      held: [],
      lastOffset: undefined,
    });
  }

  remove(partition: number): void {
    this.#partitions.delete(partition);
    this.#ends.delete(partition);
    this.#drop(partition);
  }

  /** Takes records in; those of partitions that are not ours are dropped. */
  push(records: readonly KafkaRecord[]): void {
    for (const record of records) {
      const state = this.#partitions.get(record.partition);
      if (state === undefined) continue;
      state.lastOffset = record.offset;
      if (state.paused) state.held.push(record);
      else this.#ready.push(record);
    }
  }

  /** Hands out up to `max` records. */
  take(max: number): readonly KafkaRecord[] {
    const taken = this.#ready.length <= max ? this.#ready : this.#ready.slice(0, max);
    this.#ready = taken === this.#ready ? [] : this.#ready.slice(max);
    for (const record of taken) {
      const state = this.#partitions.get(record.partition);
      if (state !== undefined) state.position = record.offset + 1;
    }
    return taken;
  }

  /** Whether some end was reached that {@link takeEnds} may tell of. */
  get hasEnds(): boolean {
    return this.#ends.size > 0;
  }

  /**
   * The log of a partition ends at `offset`. Nearly always that is right after its last record, as everybody sees who has that record, and
   * worth no word.
   */
  reachedEnd(partition: number, offset: number): void {
    const state = this.#partitions.get(partition);
    if (state === undefined || offset <= Math.max(state.position ?? 0, (state.lastOffset ?? -1) + 1)) return;
    this.#ends.set(partition, offset);
  }

  /** Ends of partitions of which nothing waits here any more. */
  takeEnds(): readonly ReachedEnd[] {
    const reached: ReachedEnd[] = [];
    for (const [partition, to] of this.#ends) {
      const state = this.#partitions.get(partition);
      if (state === undefined || state.held.length > 0) continue;
      if (this.#ready.some((record) => record.partition === partition)) continue;
      this.#ends.delete(partition);
      const from = state.position;
      // A record may have come since, which says as much.
      if (from === undefined || to <= from) continue;
      state.position = to;
      reached.push({ partition, from, to });
    }
    return reached;
  }

  isPaused(partition: number): boolean {
    return this.#partitions.get(partition)?.paused === true;
  }

  pause(partition: number): void {
    const state = this.#partitions.get(partition);
    if (state === undefined || state.paused) return;
    state.paused = true;
    state.held = this.#ready.filter((record) => record.partition === partition);
    this.#drop(partition);
  }

  resume(partition: number): void {
    const state = this.#partitions.get(partition);
    if (state?.paused !== true) return;
    state.paused = false;
    this.#ready.push(...state.held);
    state.held = [];
  }

  /** Forgets what came of this partition; what comes next starts at `position`. */
  moveTo(partition: number, position: number): void {
    const state = this.#partitions.get(partition);
    if (state === undefined) return;
    state.position = position;
    state.held = [];
    state.lastOffset = undefined;
    this.#ends.delete(partition);
    this.#drop(partition);
  }

  position(partition: number): number | undefined {
    return this.#partitions.get(partition)?.position;
  }

  #drop(partition: number): void {
    if (this.#ready.some((record) => record.partition === partition)) {
      this.#ready = this.#ready.filter((record) => record.partition !== partition);
    }
  }
}
