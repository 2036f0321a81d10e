import assert from 'node:assert/strict';
import { isCodecError, readRecordEvent, toHttpRequest } from '../src/index.ts';
import type { CodecErrorCode, EventView } from '../src/index.ts';

/** Headers of a record; `null` is a header with a null value. */
export type Headers = readonly (readonly [name: string, value: string | Buffer | null])[];

/** The attributes that every event here has. */
export const context = { specversion: '1.0', id: 'abc', source: 'http://localhost', type: 'test' };

/** The event of a record. */
export function record(headers: Headers, value: string | Buffer | null = null): EventView {
  return readRecordEvent({
    headers: headers.map(([name, text]) => ({ name, value: typeof text === 'string' ? Buffer.from(text) : text })),
    value: typeof value === 'string' ? Buffer.from(value) : value,
  });
}

/** The event of a record in binary mode. */
export function binary(
  attributes: Readonly<Record<string, string | null>> = {},
  headers: Headers = [],
  value?: string,
): EventView {
  const all = Object.entries({ ...context, ...attributes }).map(([name, text]) => [`ce_${name}`, text] as const);
  return record([...all, ...headers], value ?? null);
}

/** The event of a record in structured mode. */
export function structured(
  members: Readonly<Record<string, unknown>> = {},
  contentType = 'application/cloudevents+json',
): EventView {
  return record([['content-type', contentType]], JSON.stringify({ ...context, ...members }));
}

/** Headers of the request that an event becomes, by name. */
export function sent(event: EventView): Record<string, string> {
  const { headers } = toHttpRequest(event, 'binary');
  const byName: Record<string, string> = {};
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? '';
    assert.equal(name in byName, false, `${name} is sent once`);
    byName[name] = headers[at + 1] ?? '';
  }
  return byName;
}

/** Body of the request that an event becomes, as text. */
export function body(event: EventView): string | null {
  return toHttpRequest(event, 'binary').body?.toString() ?? null;
}

/** Throws a codec error with this code. */
export function undecodable(code: CodecErrorCode): (error: unknown) => boolean {
  return (error) => isCodecError(error) && error.code === code;
}
