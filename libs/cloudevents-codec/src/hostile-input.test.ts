/** Whatever comes in, only a CodecError goes out, in bounded time and stack. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import {
  isCodecError,
  readHttpEvent,
  readHttpResponseEvent,
  readRecordEvent,
  toCloudEvent,
  toHttpRequest,
  toRecord,
} from './index.ts';
import type { EventView } from './index.ts';

/** Reads, and when that gives an event, asks it for everything and writes it in every way. */
function survives(read: () => EventView | undefined): void {
  let event: EventView | undefined;
  try {
    event = read();
  } catch (error) {
    assert.ok(isCodecError(error), `expected a CodecError, got ${String(error)}`);
    assert.match(error.message, /^\P{C}+$/u);
    assert.ok(error.message.length < 500, 'a reason is short');
    return;
  }
  if (event === undefined) return;
  for (const [name, value] of event.attributes()) assert.equal(event.attribute(name), value);
  toCloudEvent(event);
  for (const mode of ['binary', 'structured'] as const) {
    const request = toHttpRequest(event, mode);
    for (const text of request.headers) assert.match(text, /^[\t\x20-\x7e]*$/, 'no header can break a message');
    for (const { value } of toRecord(event, mode).headers) assert.ok(value.isWellFormed());
  }
}

const name = fc.oneof(
  fc.constantFrom(
    'content-type',
    'Content-Type',
    'ce-id',
    'ce-source',
    'ce-type',
    'ce-specversion',
    'ce-time',
    'ce-subject',
    'ce-dataschema',
    'ce-data',
    'ce-datacontentencoding',
  ),
  fc.string({ maxLength: 5 }).map((rest) => `ce-${rest}`),
  fc.string(),
);
const value = fc.oneof(
  fc.constantFrom(
    '1.0',
    '0.3',
    'application/json',
    'application/cloudevents+json',
    'text/plain',
    '/s',
    '%',
    '%ff',
    '"',
    '2020-07-06T09:23:12Z',
    'base64',
  ),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
);
const headers = fc.array(fc.tuple(name, value), { maxLength: 12 });
const valid = [
  ['ce-specversion', '1.0'],
  ['ce-id', '1'],
  ['ce-source', '/s'],
  ['ce-type', 't'],
] as const;
const members = fc.dictionary(
  fc.oneof(
    fc.constantFrom(
      'id',
      'source',
      'type',
      'subject',
      'time',
      'data',
      'data_base64',
      'datacontenttype',
      'datacontentencoding',
      '__proto__',
      'constructor',
    ),
    fc.string(),
  ),
  fc.oneof(fc.jsonValue(), value),
);
const body = fc.oneof(
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  members.map((all) => Buffer.from(JSON.stringify(all))),
  members.map((all) => Buffer.from(JSON.stringify({ specversion: '1.0', id: '1', source: '/s', type: 't', ...all }))),
  members.map((all) =>
    Buffer.from(JSON.stringify({ specversion: '0.3', id: '1', source: '/s', type: 't', ...all }), 'utf16le'),
  ),
);
/** A valid body with some bytes changed: deep into the parser before it breaks. */
const damagedBody = fc
  .tuple(body, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 3 }))
  .map(([bytes, changes]) => {
    const damaged = Buffer.from(bytes);
    for (const [at, byte] of changes) if (damaged.length > 0) damaged[at % damaged.length] = byte;
    return damaged;
  });

suite('hostile input', () => {
  test('any headers and body of a request', () => {
    fc.assert(
      fc.property(headers, fc.boolean(), damagedBody, (pairs, withRequired, bytes) => {
        survives(() => readHttpEvent([...(withRequired ? valid : []), ...pairs].flat(), bytes));
      }),
      { numRuns: 3_000 },
    );
  });

  test('any structured body', () => {
    fc.assert(
      fc.property(damagedBody, (bytes) => {
        survives(() => readHttpEvent(['content-type', 'application/cloudevents+json'], bytes));
        survives(() => readHttpResponseEvent({ 'content-type': 'application/cloudevents+json' }, bytes));
        survives(() =>
          readRecordEvent({
            headers: [{ name: 'content-type', value: Buffer.from('application/cloudevents+json') }],
            value: bytes,
          }),
        );
      }),
      { numRuns: 3_000 },
    );
  });

  test('any response and any record', () => {
    const bytes = fc.option(
      fc.oneof(
        fc.uint8Array().map((array) => Buffer.from(array)),
        value.map((text) => Buffer.from(text)),
      ),
    );
    fc.assert(
      fc.property(
        headers,
        fc.array(fc.tuple(name, bytes)),
        fc.boolean(),
        fc.option(damagedBody),
        (pairs, recordPairs, withRequired, content) => {
          survives(() =>
            readHttpResponseEvent([...(withRequired ? valid : []), ...pairs].flat(), content ?? Buffer.alloc(0)),
          );
          const required = withRequired ? valid.map(([header, text]) => [header, Buffer.from(text)] as const) : [];
          const all = [...required, ...recordPairs].map(([header, held]) => ({
            name: header.replace('ce-', 'ce_'),
            value: held,
          }));
          survives(() => readRecordEvent({ headers: all, value: content }));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test('a hundred thousand headers, all different or all the same', () => {
    const different = valid.flat() as string[];
    const same = valid.flat() as string[];
    for (let at = 0; at < 100_000; at++) {
      different.push(`ce-x${at}`, 'v');
      same.push('ce-x', String(at));
    }
    const event = readHttpEvent(different, Buffer.alloc(0));
    assert.equal(event.attribute('x99999'), 'v');
    assert.equal(toRecord(event, 'binary').headers.length, 100_004);
    assert.equal(readHttpEvent(same, Buffer.alloc(0)).attribute('x'), '99999');
    const json = JSON.stringify({
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 't',
      ...Object.fromEntries(different.map((header, at) => [`x${at}`, header])),
    });
    assert.equal(
      readHttpEvent(['content-type', 'application/cloudevents+json'], Buffer.from(json)).attribute('x8'),
      'ce-x0',
    );
  });

  test('nesting beyond 1000 levels is refused, up to there it is data', () => {
    const read = (levels: number): EventView => {
      const data = '['.repeat(levels) + ']'.repeat(levels);
      return readHttpEvent(
        ['content-type', 'application/cloudevents+json'],
        Buffer.from(`{"specversion":"1.0","id":"1","source":"/s","type":"t","data":${data}}`),
      );
    };
    assert.equal(read(999).data?.length, 1998);
    assert.throws(
      () => read(1000),
      (error) => isCodecError(error) && error.code === 'EVENT_INVALID_JSON',
    );
    assert.throws(
      () => read(1_000_000),
      (error) => isCodecError(error) && error.code === 'EVENT_INVALID_JSON',
    );
    assert.throws(
      () => readHttpEvent(['content-type', 'application/cloudevents+json'], Buffer.from('{"a":'.repeat(1_000_000))),
      isCodecError,
    );
  });

  test('deep JSON in a binary event is data like any other, in structured mode as base64', () => {
    const deep = Buffer.from('['.repeat(100_000) + ']'.repeat(100_000));
    const event = readHttpEvent([...valid.flat(), 'content-type', 'application/json'], deep);
    assert.equal(toRecord(event, 'binary').value, deep);
    assert.match(toRecord(event, 'structured').value!.toString('latin1', 0, 120), /"data_base64":"W1tb/);
  });

  test('names that mean something to JavaScript are names like any other', () => {
    const event = readHttpEvent(
      [...valid.flat(), 'ce-constructor', 'c', 'ce-tostring', 's', 'ce-then', 't'],
      Buffer.alloc(0),
    );
    assert.equal(event.attribute('constructor'), 'c');
    assert.equal(event.attribute('valueof'), undefined);
    assert.throws(
      () =>
        readHttpEvent(
          ['content-type', 'application/cloudevents+json'],
          Buffer.from('{"specversion":"1.0","id":"1","source":"/s","type":"t","__proto__":{"a":"b"}}'),
        ),
      (error) => isCodecError(error) && error.code === 'EVENT_INVALID_NAME',
    );
  });

  test('a long and unprintable value is shown short and printable', () => {
    const headers = [...valid.flat(), 'ce-time', `\u0085\u202e${'x'.repeat(10_000)}`];
    assert.throws(
      () => readHttpEvent(headers, Buffer.alloc(0)),
      (error) => isCodecError(error) && error.message.length < 200 && /^\P{C}+$/u.test(error.message),
    );
  });

  test('a long JSON value of many lines is shown short, printable and as it was written', () => {
    const id = `{\n  "a": "\u202e",\r\n\t"b": "${'x'.repeat(10_000)}"}`;
    assert.throws(
      () =>
        readHttpEvent(
          ['content-type', 'application/cloudevents+json'],
          Buffer.from(`{"specversion":"1.0","id":${id}}`),
        ),
      (error) =>
        isCodecError(error) &&
        error.message === `member "id" is { "a": "\\u{202e}", "b": "${'x'.repeat(22)}…, expected a JSON string`,
    );
  });
});
