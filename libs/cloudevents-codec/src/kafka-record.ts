import { checkedSpecVersion } from './attribute-checks.ts';
import { BinaryAttributes } from './binary-attributes.ts';
import { CodecError, shown } from './codec-error.ts';
import { slotsOf } from './event-slots.ts';
import type { EventSlots } from './event-slots.ts';
import type { ContentMode, EventView } from './event-view.ts';
import { messageKind, structuredMediaType } from './media-type.ts';
import { recordRules } from './reading-rules.ts';
import { fitsStructuredMode, structuredJson } from './structured-json.ts';
import { readStructuredEvent } from './structured-event.ts';

/** A Kafka record to produce. Header values are text, to be written as UTF-8. */
export interface EncodedRecord {
  /** Text of the extension `partitionkey`, `null` without it; empty text is a key too. */
  readonly key: string | null;
  /** `null` for an event without data in binary mode, which a compacted topic takes for a deletion (receiver.md F-19). */
  readonly value: Buffer | null;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** What of a consumed record the codec looks at. */
export interface RecordToRead {
  readonly headers: readonly { readonly name: string; readonly value: Buffer | null }[];
  readonly value: Buffer | null;
}

/**
 * Encodes an event as a Kafka record; never fails. In binary mode the value is the data, the same buffer (receiver.md 6). As
 * for {@link toHttpRequest}, the few events that do not fit the mode go in the other one.
 */
export function toRecord(event: EventView, mode: ContentMode): EncodedRecord {
  const slots = slotsOf(event);
  const partitionKey = slots.attribute('partitionkey');
  const key = partitionKey === undefined ? null : String(partitionKey);
  const structured = mode === 'structured' || messageKind(slots.contentType) !== 'other';
  if (structured && fitsStructuredMode(slots)) {
    return { key, value: structuredJson(slots), headers: [{ name: 'content-type', value: structuredMediaType }] };
  }
  return { key, value: slots.data, headers: binaryHeaders(slots) };
}

function binaryHeaders(slots: EventSlots): { name: string; value: string }[] {
  const headers = [
    { name: 'ce_specversion', value: slots.specVersion as string },
    { name: 'ce_id', value: slots.id },
    { name: 'ce_source', value: slots.source },
    { name: 'ce_type', value: slots.type },
  ];
  const { contentType, schema, subject, time } = slots;
  if (contentType !== undefined) headers.push({ name: 'content-type', value: contentType });
  if (schema !== undefined)
    headers.push({ name: slots.specVersion === '1.0' ? 'ce_dataschema' : 'ce_schemaurl', value: schema });
  if (subject !== undefined) headers.push({ name: 'ce_subject', value: subject });
  if (time !== undefined) headers.push({ name: 'ce_time', value: time });
  for (let at = 0; at < slots.extensionNames.length; at++) {
    headers.push({ name: `ce_${slots.extensionNames[at] ?? ''}`, value: String(slots.extension(at)) });
  }
  return headers;
}

/**
 * Reads the event of a Kafka record, in binary or structured mode. Header names are matched in lower case only, a header with
 * a null value counts as absent, of equal names the last one wins (dispatcher.md 6).
 *
 * Throws a {@link CodecError} for a record that is no CloudEvent or not a readable one.
 */
export function readRecordEvent(record: RecordToRead): EventView {
  const { headers, value } = record;
  let contentType: Buffer | undefined;
  let specVersion: Buffer | undefined;
  for (const header of headers) {
    if (header.value === null) continue;
    if (header.name === 'content-type') contentType = header.value;
    else if (header.name === 'ce_specversion') specVersion = header.value;
  }
  const contentTypeText = contentType?.toString();
  const kind = messageKind(contentTypeText);
  if (kind === 'structured') return readStructuredEvent(value ?? Buffer.alloc(0), recordRules);
  if (kind !== 'other') {
    throw new CodecError(
      'EVENT_UNSUPPORTED_MEDIA_TYPE',
      `content type of the record is ${shown(contentTypeText ?? '')}, expected application/cloudevents+json or that of the data`,
    );
  }
  if (specVersion === undefined) {
    throw new CodecError(
      'EVENT_NOT_AN_EVENT',
      'the record is not a CloudEvent, expected "ce_" headers or content type application/cloudevents+json',
    );
  }
  const version = checkedSpecVersion('header "ce_specversion"', specVersion.toString());
  const attributes = new BinaryAttributes(version, value === null || value.length === 0 ? null : value, recordRules);
  for (const { name, value: bytes } of headers) {
    if (bytes === null) continue;
    if (name.startsWith('ce_') && name.length > 3) attributes.add(name.slice(3).toLowerCase(), name, bytes);
    else if (name === 'content-type') attributes.setContentType(bytes);
  }
  return attributes.finish('ce_');
}
