import { isUtf8 } from 'node:buffer';
import { isUint8Array } from 'node:util/types';
import { CloudEvent } from 'cloudevents';
import type { CloudEventV1 } from 'cloudevents';
import { isAttributeName } from './attribute-name.ts';
import {
  checkedNonEmpty,
  checkedSpecVersion,
  checkedTime,
  checkedUriReference,
  invalidAttribute,
  invalidName,
  missingAttribute,
} from './attribute-checks.ts';
import { decodeBase64 } from './base64.ts';
import { CodecError, shown } from './codec-error.ts';
import { EventSlots } from './event-slots.ts';
import type { AttributeValue, EventView } from './event-view.ts';
import { isJsonContentType } from './media-type.ts';

/**
 * The event as an object of the `cloudevents` package, for the edge of a service: it copies and parses. JSON data is parsed,
 * data of `text/…` becomes a string, all else (and what does not parse) a buffer.
 *
 * The package has its own mind in three things: an event without `time` gets the time of the call, one with an empty `id` a
 * random one, and it has no room for extensions named `data`, `schemaurl` (1.0) or `dataschema` (0.3), which are left out.
 */
export function toCloudEvent(event: EventView): CloudEvent<unknown> {
  const properties: Record<string, unknown> = {};
  const leftOut = event.specVersion === '1.0' ? 'schemaurl' : 'dataschema';
  for (const [name, value] of event.attributes()) if (name !== 'data' && name !== leftOut) properties[name] = value;
  if (event.data !== null) properties['data'] = dataValue(event.data, event.attribute('datacontenttype')?.toString());
  return new CloudEvent<unknown>(properties, false);
}

function dataValue(data: Buffer, contentType: string | undefined): unknown {
  if (contentType === undefined || !isUtf8(data)) return data;
  if (isJsonContentType(contentType)) {
    try {
      return JSON.parse(data.toString()) as unknown;
    } catch {
      return data.toString();
    }
  }
  return /^[ \t]*text\//i.test(contentType) ? data.toString() : data;
}

/**
 * The view of an event object of the `cloudevents` package, or of a plain object of that shape. Typed arrays are bytes; any
 * other `data` is the JSON value it is, unless `datacontenttype` is not JSON, when it must be a string. (The package itself
 * sends a string of JSON type as it stands in binary mode, and as a JSON string in structured mode; this is the latter.)
 *
 * Throws a {@link CodecError} when the object is not a valid event of version 1.0 or 0.3.
 */
export function fromCloudEvent(event: CloudEvent<unknown> | CloudEventV1<unknown>): EventView {
  const slots = new EventSlots();
  slots.specVersion = checkedSpecVersion('attribute "specversion"', requiredText(event, 'specversion'));
  slots.idSlot = requiredText(event, 'id');
  slots.sourceSlot = checkedUriReference('attribute "source"', requiredText(event, 'source'));
  slots.typeSlot = requiredText(event, 'type');
  for (const [name, value] of Object.entries(event)) {
    if (value !== undefined && value !== null) setAttribute(slots, name, value);
  }
  slots.data = isEncoded03(event)
    ? base64Bytes('data', event.data)
    : dataBytes(slots, event.data, event['data_base64']);
  return slots;
}

function setAttribute(slots: EventSlots, name: string, value: unknown): void {
  const label = `attribute "${name}"`;
  switch (name) {
    case 'specversion':
    case 'id':
    case 'source':
    case 'type':
    case 'data':
    case 'data_base64':
      return;
    case 'datacontenttype':
      slots.contentTypeSlot = textOf(label, value);
      return;
    case 'subject':
      slots.subjectSlot = checkedNonEmpty(label, textOf(label, value));
      return;
    case 'time':
      slots.timeSlot = checkedTime(label, textOf(label, value instanceof Date ? attributeValue(label, value) : value));
      return;
    case slots.schemaName:
      slots.schemaSlot = checkedUriReference(label, checkedNonEmpty(label, textOf(label, value)));
      return;
    case 'datacontentencoding':
      // In 0.3 it says how a string in `data` is to be read, and is gone once that is done.
      if (slots.specVersion === '0.3') return;
  }
  if (!isAttributeName(name)) throw invalidName(name);
  slots.setExtension(name, attributeValue(label, value));
}

function requiredText(event: CloudEventV1<unknown>, name: 'specversion' | 'id' | 'source' | 'type'): string {
  const value: unknown = event[name];
  if (value === undefined || value === null) throw missingAttribute(`attribute "${name}"`);
  return checkedNonEmpty(`attribute "${name}"`, textOf(`attribute "${name}"`, value));
}

function textOf(label: string, value: unknown): string {
  if (typeof value !== 'string') throw invalidAttribute(label, typeof value, 'a string');
  if (!value.isWellFormed()) throw invalidAttribute(label, value, 'text without lone surrogates');
  return value;
}

function attributeValue(label: string, value: unknown): AttributeValue {
  if (typeof value === 'string') return textOf(label, value);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (ArrayBuffer.isView(value)) return bytesOf(value).toString('base64');
  const found = typeof value === 'number' ? String(value) : typeof value;
  throw invalidAttribute(label, found, 'a string, a boolean, an integer, a date or bytes');
}

/** Whether this is an event of version 0.3 whose data is text in base64. */
function isEncoded03(event: CloudEventV1<unknown>): boolean {
  const encoding = event['datacontentencoding'];
  if (event.specversion !== '0.3' || encoding === undefined || encoding === null) return false;
  const text = textOf('attribute "datacontentencoding"', encoding);
  if (text.toLowerCase() !== 'base64') throw invalidAttribute('attribute "datacontentencoding"', text, '"base64"');
  return typeof event.data === 'string';
}

function dataBytes(slots: EventSlots, data: unknown, base64: unknown): Buffer | null {
  if (data === undefined) return base64 === undefined || base64 === null ? null : base64Bytes('data_base64', base64);
  if (ArrayBuffer.isView(data)) return bytesOf(data);
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  const contentType = slots.contentType;
  if (isJsonContentType(contentType)) {
    slots.contentTypeSlot ??= 'application/json';
    return Buffer.from(jsonText(data));
  }
  if (data === null) return null;
  if (typeof data !== 'string') {
    throw new CodecError(
      'EVENT_INVALID_DATA',
      `"data" is of type ${typeof data}, expected a string or bytes as "datacontenttype" is ${shown(contentType ?? '')}`,
    );
  }
  if (data.isWellFormed()) return Buffer.from(data);
  throw new CodecError('EVENT_INVALID_DATA', '"data" holds a lone surrogate, which UTF-8 cannot carry');
}

/** As the package does: the elements of a typed array are bytes, whatever their width. It decodes base64 into 32-bit ones. */
function bytesOf(view: ArrayBufferView): Buffer {
  if (Buffer.isBuffer(view)) return view;
  if (isUint8Array(view) || view instanceof DataView) return Buffer.from(view.buffer, view.byteOffset, view.byteLength);
  return Buffer.from(view as unknown as Uint8Array);
}

function base64Bytes(name: string, base64: unknown): Buffer {
  const bytes = typeof base64 === 'string' ? decodeBase64(base64) : undefined;
  if (bytes !== undefined) return bytes;
  throw new CodecError('EVENT_INVALID_DATA', `"${name}" is not a string in padded base64 (RFC 4648, section 4)`);
}

function jsonText(data: unknown): string {
  let json: string | undefined;
  let cause: unknown;
  try {
    json = JSON.stringify(data);
  } catch (error) {
    cause = error;
  }
  if (json !== undefined) return json;
  throw new CodecError('EVENT_INVALID_DATA', `"data" is of type ${typeof data} and has no JSON form`, { cause });
}
