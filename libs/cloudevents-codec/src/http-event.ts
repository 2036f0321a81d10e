import { checkedSpecVersion, invalidAttribute, missingAttribute } from './attribute-checks.ts';
import { BinaryAttributes } from './binary-attributes.ts';
import { CodecError, shown } from './codec-error.ts';
import { readEventBatch } from './event-batch.ts';
import type { EventView } from './event-view.ts';
import { decodeHeaderText, verbatimHeaderText } from './header-text.ts';
import { messageKind } from './media-type.ts';
import type { MessageKind } from './media-type.ts';
import { replyRules, requestRules } from './reading-rules.ts';
import type { ReadingRules } from './reading-rules.ts';
import { readStructuredEvent } from './structured-event.ts';
import { isUriReference } from './uri-reference.ts';

/** Headers of a response: flat as `rawHeaders` of `node:http`, or by name. */
export type HttpHeaders = readonly string[] | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Reads the event of an HTTP request, in binary or structured mode. `rawHeaders` is that of `node:http`: names and values in
 * turn, one character a byte, names in any case. In binary mode `data` is `body` itself, in structured mode mostly a part of
 * it.
 *
 * Throws a {@link CodecError}, whose message is the reason to answer 400 with (receiver.md 5).
 */
export function readHttpEvent(rawHeaders: readonly string[], body: Buffer): EventView {
  const contentType = firstContentType(rawHeaders);
  return readOneEvent(messageKind(contentType), contentType, rawHeaders, body);
}

/**
 * Reads a request as {@link readHttpEvent} does, or all events of one in batch mode (`application/cloudevents-batch+json`): an
 * array, in their order, never empty. A batch is read whole or refused whole; the message names the event at fault by its index.
 */
export function readHttpEvents(rawHeaders: readonly string[], body: Buffer): EventView | readonly EventView[] {
  const contentType = firstContentType(rawHeaders);
  const kind = messageKind(contentType);
  if (kind === 'batch') return readEventBatch(body, requestRules);
  return readOneEvent(kind, contentType, rawHeaders, body);
}

function readOneEvent(
  kind: MessageKind,
  contentType: string | undefined,
  rawHeaders: readonly string[],
  body: Buffer,
): EventView {
  switch (kind) {
    case 'other':
      return readBinaryEvent(rawHeaders, body, requestRules);
    case 'structured':
      return readStructuredEvent(body, requestRules);
    default:
      throw refusedMediaType(kind, contentType);
  }
}

/**
 * Reads the event of an HTTP response, the reply of a subscriber. `undefined` when there is none: the response is not
 * structured and has no `ce-` headers, or it has no body and what its headers say is no valid event (dispatcher.md 9 and 12).
 *
 * Throws a {@link CodecError} when there is a body and the headers announce an event that it is not.
 */
export function readHttpResponseEvent(headers: HttpHeaders, body: Buffer): EventView | undefined {
  const rawHeaders = isFlat(headers) ? headers : flatHeaders(headers);
  const contentType = firstContentType(rawHeaders);
  const kind = messageKind(contentType);
  if (kind === 'other') return readBinaryReply(rawHeaders, body);
  if (body.length === 0) return undefined;
  if (kind === 'structured') return readStructuredEvent(body, replyRules);
  throw refusedMediaType(kind, contentType);
}

function readBinaryReply(rawHeaders: readonly string[], body: Buffer): EventView | undefined {
  if (!hasAttributeHeader(rawHeaders)) return undefined;
  try {
    return readBinaryEvent(rawHeaders, body, replyRules);
  } catch (error) {
    if (body.length === 0 && error instanceof CodecError) return undefined;
    throw error;
  }
}

function readBinaryEvent(rawHeaders: readonly string[], body: Buffer, rules: ReadingRules): EventView {
  const attributes = new BinaryAttributes(firstSpecVersion(rawHeaders), body.length === 0 ? null : body, rules);
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const header = rawHeaders[at] ?? '';
    const raw = rawHeaders[at + 1] ?? '';
    if (isAttributeHeader(header)) {
      const name = lowerCase(header.slice(3));
      attributes.add(
        name,
        header,
        attributes.isUri(name) ? decodedUri(header, raw, rules) : decoded(header, raw, rules),
      );
    } else if (isContentType(header)) {
      attributes.setContentType(verbatimHeaderText(raw));
    }
  }
  const event = attributes.finish('ce-');
  // The first content type said binary mode; a later one, or ce-datacontenttype, must not say otherwise (receiver.md F-16).
  const contentType = event.contentType;
  if (messageKind(contentType) === 'other') return event;
  throw new CodecError(
    'EVENT_UNSUPPORTED_MEDIA_TYPE',
    `data of content type ${shown(contentType ?? '')} cannot be sent in binary mode, expected one content type that is not of CloudEvents`,
  );
}

function firstSpecVersion(rawHeaders: readonly string[]): '1.0' | '0.3' {
  let hasOtherAttributes = false;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const header = rawHeaders[at] ?? '';
    if (!isAttributeHeader(header)) continue;
    if (header.length === 14 && header.toLowerCase() === 'ce-specversion') {
      return checkedSpecVersion('header "ce-specversion"', rawHeaders[at + 1] ?? '');
    }
    hasOtherAttributes = true;
  }
  if (hasOtherAttributes) throw missingAttribute('header "ce-specversion"');
  throw new CodecError(
    'EVENT_NOT_AN_EVENT',
    'the message is not a CloudEvent, expected "ce-" headers or content type application/cloudevents+json',
  );
}

function decoded(header: string, raw: string, rules: ReadingRules): string {
  const text = decodeHeaderText(raw, { strayPercent: rules.strayPercent, uri: false });
  if (typeof text === 'string') return text;
  throw invalidAttribute(`header "${header}"`, raw, text.expected);
}

/**
 * Where decoding makes something of a URI that is none, as of `/a%20b`, the sender did not encode it for HTTP: it is taken as
 * it stands. Senders that encode never get here, for what they encode is a URI.
 */
function decodedUri(header: string, raw: string, rules: ReadingRules): string {
  const text = decodeHeaderText(raw, { strayPercent: rules.strayPercent, uri: true });
  if (typeof text !== 'string') throw invalidAttribute(`header "${header}"`, raw, text.expected);
  return text !== raw && !isUriReference(text) && isUriReference(raw) ? raw : text;
}

function refusedMediaType(kind: 'batch' | 'unsupported', contentType: string | undefined): CodecError {
  if (kind === 'batch') {
    return new CodecError('EVENT_UNSUPPORTED_BATCH', 'batches of events are not accepted here, expected one event');
  }
  return new CodecError(
    'EVENT_UNSUPPORTED_MEDIA_TYPE',
    `content type is ${shown(contentType ?? '')}, expected application/cloudevents+json or, with "ce-" headers, that of the data`,
  );
}

function firstContentType(rawHeaders: readonly string[]): string | undefined {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    if (isContentType(rawHeaders[at] ?? '')) return rawHeaders[at + 1];
  }
  return undefined;
}

function hasAttributeHeader(rawHeaders: readonly string[]): boolean {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) if (isAttributeHeader(rawHeaders[at] ?? '')) return true;
  return false;
}

/** Begins with `ce-` in any case and goes on: a header named just `ce-` is ignored (receiver.md 5.2). */
function isAttributeHeader(header: string): boolean {
  return (
    header.length > 3 &&
    header.charCodeAt(2) === 0x2d &&
    (header.charCodeAt(0) | 0x20) === 0x63 &&
    (header.charCodeAt(1) | 0x20) === 0x65
  );
}

function isContentType(header: string): boolean {
  return header.length === 12 && (header === 'content-type' || header.toLowerCase() === 'content-type');
}

function lowerCase(name: string): string {
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if ((code >= 0x41 && code <= 0x5a) || code >= 0x80) return name.toLowerCase();
  }
  return name;
}

function isFlat(headers: HttpHeaders): headers is readonly string[] {
  return Array.isArray(headers);
}

function flatHeaders(headers: Readonly<Record<string, string | readonly string[] | undefined>>): string[] {
  const flat: string[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    if (typeof value === 'string') flat.push(name, value);
    else for (const each of value) flat.push(name, each);
  }
  return flat;
}
