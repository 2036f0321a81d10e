import type { ContentMode, EventView } from './event-view.ts';

/** A Kafka record to produce. Header values are text, to be written as UTF-8. */
export interface EncodedRecord {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** What of a consumed record the codec looks at. */
export interface RecordToRead {
  readonly headers: readonly { readonly name: string; readonly value: Buffer | null }[];
  readonly value: Buffer | null;
}

export function toRecord(_event: EventView, _mode: ContentMode): EncodedRecord {
  throw new Error('not written yet');
}

export function readRecordEvent(_record: RecordToRead): EventView {
  throw new Error('not written yet');
}
