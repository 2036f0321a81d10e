import assert from 'node:assert/strict';
import { isCodecError, readHttpEvent, toRecord } from '../src/index.ts';
import type { CodecErrorCode, ContentMode, EncodedRecord, EventView } from '../src/index.ts';

/** The four attributes that every event has, as raw headers. */
export const required = ['ce-specversion', '1.0', 'ce-id', '1', 'ce-source', '/s', 'ce-type', 't'];
/** {@link required} of version 0.3. */
export const required03 = ['ce-specversion', '0.3', ...required.slice(2)];
/** The content type of structured mode, as raw headers. */
export const structuredType = ['Content-Type', 'application/cloudevents+json'];

/** An event that came in binary mode. */
export function binary(headers: readonly string[], body: string | Buffer = ''): EventView {
  return readHttpEvent([...required, ...headers], Buffer.from(body));
}

/** The JSON text of an event with some more members. */
export function envelope(members: string, version = '1.0'): string {
  return `{"specversion":"${version}","id":"1","source":"/s","type":"t"${members === '' ? '' : `,${members}`}}`;
}

/** An event that came in structured mode. */
export function structured(members: string, version = '1.0'): EventView {
  return readHttpEvent(structuredType, Buffer.from(envelope(members, version)));
}

/** Headers of a record by name. */
export function headersOf(record: EncodedRecord): Record<string, string> {
  return Object.fromEntries(record.headers.map(({ name, value }) => [name, value]));
}

/** Headers of the record that an event becomes, by name. */
export function recordHeaders(event: EventView, mode: ContentMode = 'binary'): Record<string, string> {
  return headersOf(toRecord(event, mode));
}

/** The value of the record that an event becomes, as text. */
export function value(event: EventView, mode: ContentMode = 'binary'): string | null {
  return toRecord(event, mode).value?.toString() ?? null;
}

/** Throws a {@link isCodecError codec error} as expected, whose message may be shown to the sender. */
export function refused(code: CodecErrorCode, message?: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isCodecError(error), `expected a CodecError, got ${String(error)}`);
    assert.equal(error.code, code);
    assert.match(error.message, /^\P{C}+$/u, 'a reason is one printable line');
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}
