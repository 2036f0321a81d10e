import { readRecordEvent, wrapRecord, type EventView } from '@eventing-kafka/cloudevents-codec';
import type { KafkaRecord } from '@eventing-kafka/kafka-client';
import type { RecordBudget } from './record-budget.ts';
import type { RecordWrapping } from './record-wrapping.ts';

/** What the objects for a record and for each of its headers cost beside their bytes, as measured. */
const recordOverheadBytes = 768;
const headerOverheadBytes = 288;

/**
 * One record in memory, shared by every egress that looks at it. It is held by its window and by each delivery that has it in
 * hand; when the last of them lets go, its bytes are given back to the budget.
 */
export class HeldRecord {
  readonly record: KafkaRecord;
  /** The event in it, read as far as somebody asked; undefined when the record is no CloudEvent. */
  readonly event: EventView | undefined;
  /** Why {@link event} is undefined. */
  readonly problem: unknown;
  readonly bytes: number;
  /** Bytes of the window up to and including this record, since the window began. */
  readonly runningBytes: number;
  readonly #budget: RecordBudget;
  /** The last event made of a record that is none. */
  #wrapped: { readonly key: string; readonly event: EventView } | undefined;
  #holders = 1;

  constructor(record: KafkaRecord, budget: RecordBudget, bytesBefore: number) {
    this.record = record;
    this.bytes = recordBytes(record);
    this.runningBytes = bytesBefore + this.bytes;
    this.#budget = budget;
    budget.taken(this.bytes);
    try {
      this.event = readRecordEvent(record);
    } catch (error) {
      this.problem = error;
    }
  }

  get offset(): number {
    return this.record.offset;
  }

  /** The event in the record, or, for those who want it so, one that wraps it; undefined: neither. */
  eventFor(wrapping: RecordWrapping | undefined): EventView | undefined {
    if (this.event !== undefined || wrapping === undefined) return this.event;
    if (this.#wrapped?.key !== wrapping.key) {
      this.#wrapped = { key: wrapping.key, event: wrapRecord(this.record, wrapping) };
    }
    return this.#wrapped.event;
  }

  /** One more holder. */
  hold(): void {
    this.#holders += 1;
  }

  /** One holder less. */
  release(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#budget.returned(this.bytes);
  }
}

/** What a record weighs in memory. */
export function recordBytes(record: KafkaRecord): number {
  let bytes = recordOverheadBytes + (record.value?.length ?? 0) + (record.key?.length ?? 0);
  for (const header of record.headers) bytes += header.name.length + (header.value?.length ?? 0) + headerOverheadBytes;
  return bytes;
}
