import type { StartPosition } from '../interfaces.ts';
import type { KafkaRecord } from '../records.ts';

interface PartitionState {
  /** The offset after the last record handed out; undefined until it is known. */
  position: number | undefined;
  paused: boolean;
  /** Records that came while it was paused, for later. */
  held: KafkaRecord[];
}

/**
 * Records between librdkafka and whoever asks for them. It knows which partitions are ours and which are paused, so that a
 * record of a partition that was given up, paused or moved meanwhile is never handed out. Holds about one batch.
 */
export class RecordBuffer {
  readonly #partitions = new Map<number, PartitionState>();
  #ready: KafkaRecord[] = [];

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
    });
  }

  remove(partition: number): void {
    this.#partitions.delete(partition);
    this.#drop(partition);
  }

  /** Takes records in; those of partitions that are not ours are dropped. */
  push(records: readonly KafkaRecord[]): void {
    for (const record of records) {
      const state = this.#partitions.get(record.partition);
      if (state === undefined) continue;
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
