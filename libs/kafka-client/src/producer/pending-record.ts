import type { KafkaError } from '../kafka-error.ts';
import type { OutgoingHeader, OutgoingRecord, RecordPosition } from '../records.ts';
import { utf8Bytes, varintBytes } from './byte-writer.ts';

/** A record that was accepted, until its sender has an answer. */
export class PendingRecord {
  readonly record: OutgoingRecord;
  /** When it was accepted, in milliseconds since 1970: the record's own timestamp. */
  readonly timestampMs: number;
  /** It may go to any partition. */
  readonly gathers: boolean;
  /** Of key, value and headers. */
  readonly bytes: number;
  /** Of its encoding, without what depends on its place in a batch. */
  readonly encodedBytes: number;
  readonly resolve: (position: RecordPosition) => void;
  readonly reject: (error: KafkaError) => void;

  constructor(
    record: OutgoingRecord,
    timestampMs: number,
    resolve: (position: RecordPosition) => void,
    reject: (error: KafkaError) => void,
  ) {
    this.record = record;
    this.timestampMs = timestampMs;
    this.resolve = resolve;
    this.reject = reject;
    const { key, value, headers } = record;
    this.gathers = key === null && record.partition === undefined;
    const keyBytes = key === null ? 0 : textOrBytes(key);
    const valueBytes = value === null ? 0 : value.length;
    let bytes = keyBytes + valueBytes;
    let lengths =
      varintBytes(key === null ? -1 : keyBytes) +
      varintBytes(value === null ? -1 : valueBytes) +
      varintBytes(headers.length);
    for (let index = 0; index < headers.length; index += 1) {
      const header = headers[index] as OutgoingHeader;
      const nameBytes = utf8Bytes(header.name);
      const headerBytes = textOrBytes(header.value);
      bytes += nameBytes + headerBytes;
      lengths += varintBytes(nameBytes) + varintBytes(headerBytes);
    }
    this.bytes = bytes;
    this.encodedBytes = bytes + lengths;
  }
}

/** Bytes of a key or of a header's value. */
export function textOrBytes(value: string | Buffer): number {
  return typeof value === 'string' ? utf8Bytes(value) : value.length;
}
