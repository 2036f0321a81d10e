import { slotsOf } from './event-slots.ts';
import type { EventSlots } from './event-slots.ts';
import type { ContentMode, EventView } from './event-view.ts';
import { encodeHeaderText } from './header-text.ts';
import { messageKind, structuredMediaType } from './media-type.ts';
import { fitsStructuredMode, structuredJson } from './structured-json.ts';

/** What to send: `headers` is a flat list of names and values, as `node:http` and undici take them. */
export interface EncodedRequest {
  readonly headers: string[];
  readonly body: Buffer | null;
}

const notForContentType = /[^\t\x20-\x7e]+/g;

/**
 * Encodes an event for an HTTP message; never fails. In binary mode the body is the data, the same buffer, and every value is
 * percent-encoded (HTTP binding 3.1.3.2). `headers` has no `content-length`, and may be appended to.
 *
 * Two kinds of events do not fit the mode that is asked for, and go in the other one rather than be misread: one whose own
 * data is of a CloudEvents media type goes structured (with the `ce-` headers besides, HTTP binding 3.2.2), one with an
 * extension named `data` goes binary.
 */
export function toHttpRequest(event: EventView, mode: ContentMode): EncodedRequest {
  const slots = slotsOf(event);
  if (!fitsStructuredMode(slots)) return { headers: binaryHeaders(slots, slots.contentType), body: slots.data };
  if (mode === 'structured') return { headers: ['content-type', structuredMediaType], body: structuredJson(slots) };
  if (messageKind(slots.contentType) === 'other') {
    return { headers: binaryHeaders(slots, slots.contentType), body: slots.data };
  }
  return { headers: binaryHeaders(slots, structuredMediaType), body: structuredJson(slots) };
}

function binaryHeaders(slots: EventSlots, contentType: string | undefined): string[] {
  const headers = [
    'ce-specversion',
    slots.specVersion,
    'ce-id',
    encodeHeaderText(slots.id),
    'ce-source',
    encodeHeaderText(slots.source),
    'ce-type',
    encodeHeaderText(slots.type),
  ];
  const { schema, subject, time } = slots;
  if (contentType !== undefined) headers.push('content-type', encodeContentType(contentType));
  if (schema !== undefined)
    headers.push(slots.specVersion === '1.0' ? 'ce-dataschema' : 'ce-schemaurl', encodeHeaderText(schema));
  if (subject !== undefined) headers.push('ce-subject', encodeHeaderText(subject));
  if (time !== undefined) headers.push('ce-time', encodeHeaderText(time));
  for (let at = 0; at < slots.extensionNames.length; at++) {
    const value = slots.extension(at);
    headers.push(
      `ce-${slots.extensionNames[at] ?? ''}`,
      typeof value === 'string' ? encodeHeaderText(value) : String(value),
    );
  }
  return headers;
}

/** A content type goes verbatim; only what no header may hold is escaped, as anything is better than not to deliver. */
function encodeContentType(contentType: string): string {
  return contentType.search(notForContentType) === -1
    ? contentType
    : contentType.toWellFormed().replace(notForContentType, (run) => encodeURIComponent(run));
}
