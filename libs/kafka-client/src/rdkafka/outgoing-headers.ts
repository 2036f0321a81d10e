import { isUtf8 } from 'node:buffer';
import { KafkaError } from '../kafka-error.ts';
import type { OutgoingHeader, OutgoingRecord } from '../records.ts';

const nul = '\0';

/**
 * Headers as the native side takes them: an object of one property each, the value as text. It cuts text at the first NUL
 * and turns a buffer into text, so what would not arrive as it was sent is refused.
 */
export function nativeHeaders(record: OutgoingRecord): Readonly<Record<string, string>>[] {
  const { headers } = record;
  const native = new Array<Readonly<Record<string, string>>>(headers.length);
  for (let index = 0; index < headers.length; index += 1) {
    const header = headers[index] as OutgoingHeader;
    native[index] = { [checkedText(record, header, header.name)]: valueText(record, header) };
  }
  return native;
}

function valueText(record: OutgoingRecord, header: OutgoingHeader): string {
  const { value } = header;
  if (typeof value === 'string') return checkedText(record, header, value);
  if (!isUtf8(value)) refuse(record, header, 'is not UTF-8 text');
  return checkedText(record, header, value.toString());
}

function checkedText(record: OutgoingRecord, header: OutgoingHeader, text: string): string {
  if (text.includes(nul)) refuse(record, header, 'holds a NUL character');
  return text;
}

function refuse(record: OutgoingRecord, header: OutgoingHeader, problem: string): never {
  throw new KafkaError('KAFKA_INVALID_RECORD', `header ${header.name} of a record for ${record.topic} ${problem}`);
}

/** A key as the native side takes it; it would cut text at the first NUL. */
export function nativeKey(key: string | Buffer | null): string | Buffer | null {
  return typeof key === 'string' && (key.includes(nul) || key === '') ? Buffer.from(key) : key;
}

/** Bytes of key, value and headers. */
export function recordBytes(record: OutgoingRecord, headers: readonly Readonly<Record<string, string>>[]): number {
  let bytes = record.value?.length ?? 0;
  if (record.key !== null) bytes += typeof record.key === 'string' ? Buffer.byteLength(record.key) : record.key.length;
  for (let index = 0; index < headers.length; index += 1) {
    const header = record.headers[index] as OutgoingHeader;
    bytes += header.name.length + header.value.length;
  }
  return bytes;
}
