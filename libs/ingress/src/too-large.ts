import type { EncodedRecord } from '@eventing-kafka/cloudevents-codec';
import type { IngressLimits } from './limits.ts';

/** Why a body is refused, in place of the usual text. `bytes`: its length, where it is known beforehand. */
export function bodyTooLargeText({ maxBodyBytes }: IngressLimits, bytes?: number): string {
  const has = bytes === undefined ? '' : `it has ${bytes} bytes, and `;
  return `The body is too large: ${has}at most ${maxBodyBytes} bytes are taken.`;
}

/** Why a batch of `events` events is refused. */
export function batchTooLargeText({ maxBatchEvents }: IngressLimits, events: number): string {
  return `The batch is too large: it holds ${events} events, and at most ${maxBatchEvents} are taken.`;
}

/** Why an event is refused that Kafka found too large. What its topic takes is not told by Kafka. */
export function recordTooLargeText(record: EncodedRecord): string {
  return `The event is too large for its topic: its record has ${recordBytes(record)} bytes.`;
}

function recordBytes({ key, value, headers }: EncodedRecord): number {
  let bytes = Buffer.byteLength(key ?? '') + (value?.length ?? 0);
  for (const { name, value: text } of headers) bytes += Buffer.byteLength(name) + Buffer.byteLength(text);
  return bytes;
}
