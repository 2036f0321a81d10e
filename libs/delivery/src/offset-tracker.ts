import { decodeCommitMetadata, encodeCommitMetadata } from './commit-metadata.ts';
import type { OffsetRange } from './sparse-completions.ts';

/** What may be committed to Kafka now. */
export interface CommitPosition {
  /** The next offset to read: every record below it is completed. */
  readonly offset: number;
  /** For the commit: completed ranges above `offset` and the topic's id, see `encodeCommitMetadata`; empty if there are neither. */
  readonly metadata: string;
}

/** Where and how a tracker starts. */
export interface OffsetTrackerOptions {
  /** The next offset to read: the committed one, or where the egress starts without one. */
  readonly start: number;
  /** Metadata of the commit at `start`. What this library did not write for that offset is ignored. */
  readonly metadata?: string | undefined;
  /** Id of the topic, to be told with every commit; completions told of another topic do not count. Undefined: not known. */
  readonly topicId?: string | undefined;
  /** Longest metadata text; Kafka's `offset.metadata.max.bytes` is 4096 unless changed. Default 2048. */
  readonly maxMetadataLength?: number;
  /** How many offsets reading may run ahead of the first uncompleted record. Default 100,000. */
  readonly maxAhead?: number;
}

const defaultMaxMetadataLength = 2048;
const defaultMaxAhead = 100_000;
const initialCapacity = 16;

/**
 * Progress of one egress in one partition. Records are received in order and complete in any order; only what lies below the
 * first uncompleted record may be committed as a position, and completions above it travel in the commit's metadata.
 *
 * ```text
 *            committable().offset          position
 *   completed │ outstanding … completed … │ not yet received … completed before a restart …
 * ```
 *
 * Kept are the outstanding records (received, not completed), not the completed ones: what lies below the position and is not
 * outstanding is completed or never existed. So memory follows the records in flight, a gap of millions costs nothing, and a
 * record that takes hours costs one entry whatever happens above it.
 */
export class OffsetTracker {
  readonly #topicId: string | undefined;
  #maxMetadataLength: number;
  readonly #maxAhead: number;
  /** Received offsets ascending in `[#head, #tail)`; completed ones are flagged, and taken out from the front or when space runs out. */
  #offsets = new Float64Array(initialCapacity);
  #done = new Uint8Array(initialCapacity);
  #head = 0;
  #tail = 0;
  #outstanding = 0;
  #position: number;
  /** Completed before a restart, all above the position. */
  #restored: readonly OffsetRange[];
  #restoredIndex = 0;
  #skipped = 0;
  #revision = 0;

  constructor(options: OffsetTrackerOptions) {
    this.#position = options.start;
    this.#maxMetadataLength = options.maxMetadataLength ?? defaultMaxMetadataLength;
    this.#maxAhead = options.maxAhead ?? defaultMaxAhead;
    this.#topicId = options.topicId;
    const note = decodeCommitMetadata(options.start, options.metadata ?? '');
    const isOfThisTopic =
      note?.topicId === undefined || options.topicId === undefined || note.topicId === options.topicId;
    this.#restored = note === undefined || !isOfThisTopic ? [] : note.completions;
    this.#passRestored();
  }

  /** The next offset this tracker has not seen. */
  get position(): number {
    return this.#position;
  }

  /** Records received and not completed. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** How far the position is beyond what may be committed, in offsets. */
  get ahead(): number {
    return this.#position - this.#committableOffset();
  }

  /** Offsets passed over so far because no record was received for them: transaction markers, aborted or compacted records. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Grows whenever {@link committable} may have changed: equal revisions need no further commit. */
  get revision(): number {
    return this.#revision;
  }

  /**
   * Whether a record at `offset` may be received now. No while it is `maxAhead` or more beyond an outstanding record: then stop
   * reading for this egress and partition until that record completes.
   */
  mayReceive(offset: number): boolean {
    return this.#outstanding === 0 || offset - this.#committableOffset() < this.#maxAhead;
  }

  /**
   * Takes note of a record; offsets between the last one and this one are passed over as {@link skipped}. Whether it is to be
   * delivered: no if it was received before, or completed before a restart.
   */
  received(offset: number): boolean {
    this.reached(offset);
    if (offset < this.#position) return false;
    this.#append(offset);
    this.#position = offset + 1;
    this.#revision++;
    this.#passRestored();
    return true;
  }

  /**
   * The reader will receive nothing below `position` any more, for instance because the partition ends in transaction markers.
   * Does nothing if it is not beyond {@link position}.
   */
  reached(position: number): void {
    while (this.#position < position) {
      const next = Math.min(this.#restored[this.#restoredIndex]?.start ?? position, position);
      this.#skipped += next - this.#position;
      this.#position = next;
      this.#revision++;
      this.#passRestored();
    }
  }

  /** Takes note of a completion. Whether the record was outstanding: a repeated or unknown completion changes nothing. */
  completed(offset: number): boolean {
    const index = this.#indexOf(offset);
    if (index === undefined || this.#done[index] === 1) return false;
    this.#done[index] = 1;
    this.#outstanding--;
    this.#revision++;
    while (this.#head < this.#tail && this.#done[this.#head] === 1) this.#head++;
    // Records that complete in order never need room to be made.
    if (this.#head === this.#tail) this.#head = this.#tail = 0;
    return true;
  }

  /** What may be committed now. */
  committable(): CommitPosition {
    const offset = this.#committableOffset();
    const metadata = encodeCommitMetadata(offset, this.#topicId, this.#completedAbove(), this.#maxMetadataLength);
    return { offset, metadata };
  }

  /** Kafka did not take metadata of this length (its `offset.metadata.max.bytes` is smaller): from now on it is at most half as long. */
  shortenMetadata(length: number): void {
    this.#maxMetadataLength = Math.floor(Math.min(length, this.#maxMetadataLength) / 2);
    this.#revision++;
  }

  #committableOffset(): number {
    return this.#head < this.#tail ? (this.#offsets[this.#head] ?? this.#position) : this.#position;
  }

  *#completedAbove(): Generator<OffsetRange> {
    // Without outstanding records all below the position is completed, and the position is what gets committed.
    let start = this.#position;
    let any = false;
    for (let index = this.#head; index < this.#tail; index++) {
      if (this.#done[index] === 1) continue;
      const offset = this.#offsets[index] ?? 0;
      if (any && start < offset) yield { start, end: offset };
      start = offset + 1;
      any = true;
    }
    if (any && start < this.#position) yield { start, end: this.#position };
    for (let index = this.#restoredIndex; index < this.#restored.length; index++) {
      const range = this.#restored[index];
      if (range !== undefined) yield range;
    }
  }

  /** Moves the position over what was completed before a restart. */
  #passRestored(): void {
    for (;;) {
      const range = this.#restored[this.#restoredIndex];
      if (range === undefined || range.start > this.#position) return;
      this.#position = Math.max(this.#position, range.end);
      this.#restoredIndex++;
    }
  }

  #append(offset: number): void {
    if (this.#tail === this.#offsets.length) this.#makeRoom();
    this.#offsets[this.#tail] = offset;
    this.#done[this.#tail] = 0;
    this.#tail++;
    this.#outstanding++;
  }

  /** Drops completed entries; moves to a larger buffer if more than half of this one is outstanding. */
  #makeRoom(): void {
    const offsets = this.#offsets;
    const grows = this.#outstanding * 2 > offsets.length;
    const target = grows ? new Float64Array(offsets.length * 2) : offsets;
    let count = 0;
    for (let index = this.#head; index < this.#tail; index++) {
      if (this.#done[index] === 0) target[count++] = offsets[index] ?? 0;
    }
    this.#offsets = target;
    if (grows) this.#done = new Uint8Array(target.length);
    else this.#done.fill(0);
    this.#head = 0;
    this.#tail = count;
  }

  #indexOf(offset: number): number | undefined {
    let low = this.#head;
    let high = this.#tail - 1;
    if (low > high) return undefined;
    // Without gaps the distance of two offsets is that of their entries.
    const guess = low + (offset - (this.#offsets[low] ?? 0));
    if (guess <= high && this.#offsets[guess] === offset) return guess;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      const found = this.#offsets[middle] ?? 0;
      if (found === offset) return middle;
      if (found < offset) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }
}
