import type { KafkaRecord, RecordHeader } from '../records.ts';
import type { NativeMessage } from './native-client.ts';

const noHeaders: readonly RecordHeader[] = [];

/** A native message as a record. Buffers are taken over, not copied. */
export function recordOf(message: NativeMessage): KafkaRecord {
  return {
    topic: message.topic,
    partition: message.partition,
    offset: message.offset,
    timestampMs: message.timestamp,
    key: message.key,
    value: message.value,
    headers: message.headers === undefined ? noHeaders : headersOf(message.headers),
  };
}

function headersOf(native: readonly Readonly<Record<string, Buffer>>[]): readonly RecordHeader[] {
  const headers = new Array<RecordHeader>(native.length);
  for (let index = 0; index < native.length; index += 1) {
    const header = native[index] as Readonly<Record<string, Buffer>>;
    for (const name in header) headers[index] = { name, value: header[name] ?? null };
  }
  return headers;
}
