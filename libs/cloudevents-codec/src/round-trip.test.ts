import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { readHttpEvent, readRecordEvent, toHttpRequest, toRecord, withExtensions } from './index.ts';
import type { AttributeValue, ContentMode, EncodedRecord, EventView } from './index.ts';
import { isJsonText } from './json-text.ts';

const modes: readonly ContentMode[] = ['binary', 'structured'];
const text = fc.string({ unit: 'binary', maxLength: 12 }).map((value) => value.replaceAll('\0', ''));
const filled = text.filter((value) => value !== '');
const uri = fc.oneof(
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
  fc.constantFrom('/s', '../é', 'urn:a:b', '/a%20b', '/a%2520b', '#x'),
);
const time = fc.constantFrom(
  '2020-07-06T09:23:12.1200+00:00',
  '2018-04-05t17:31:00z',
  '1985-04-12T23:20:50.52Z',
  '0001-01-01T00:00:00-05:30',
);
const contentType = fc.constantFrom(
  'application/json',
  'text/plain; charset=utf-8',
  'application/vnd.x+json',
  'Application/JSON',
  'application/octet-stream',
  '',
  'text/xml',
);
const data = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((json) => Buffer.from(` ${json}\n`)),
  fc
    .constantFrom('{"a": 1.10}', '123456789012345678901234567890', 'null', '"\\ud800"', '', '\ufeff{}')
    .map((json) => Buffer.from(json)),
);
const extensionName = fc.string({ unit: fc.constantFrom(...Array.from('abcxyz019')), minLength: 1, maxLength: 20 });
const extensionValue = fc.oneof(text, fc.boolean(), fc.integer({ min: -0x80000000, max: 0x7fffffff }));

interface Given {
  readonly version: '1.0' | '0.3';
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly extensions: Readonly<Record<string, AttributeValue>>;
  readonly data: Buffer | null;
}

const given: fc.Arbitrary<Given> = fc
  .record({
    version: fc.constantFrom('1.0' as const, '0.3' as const),
    id: filled,
    source: uri,
    type: filled,
    datacontenttype: fc.option(contentType, { nil: undefined }),
    schema: fc.option(uri, { nil: undefined }),
    subject: fc.option(filled, { nil: undefined }),
    time: fc.option(time, { nil: undefined }),
    extensions: fc.dictionary(extensionName, extensionValue, { maxKeys: 20 }),
    data,
  })
  .map(({ version, schema, extensions, data: bytes, ...attributes }) => ({
    version,
    attributes: { ...attributes, [version === '1.0' ? 'dataschema' : 'schemaurl']: schema },
    extensions,
    data: bytes,
  }));

/** A view that is not of this library, to start from: whatever it says must come through. */
function view({ version, attributes, extensions, data: bytes }: Given): EventView {
  const all: [string, AttributeValue][] = [['specversion', version]];
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) all.push([name, value]);
  all.push(...Object.entries(extensions));
  const byName = new Map(all);
  return {
    specVersion: version,
    id: attributes['id'] ?? '',
    source: attributes['source'] ?? '',
    type: attributes['type'] ?? '',
    data: bytes,
    attribute: (name) => byName.get(name),
    attributes: () => all,
  };
}

function consumed(record: EncodedRecord): EventView {
  return readRecordEvent({
    value: record.value,
    headers: record.headers.map(({ name, value }) => ({ name, value: Buffer.from(value) })),
  });
}

/** What must be equal: values as text, since binary mode has no other type. */
function facts(event: EventView): { attributes: Record<string, string>; data: Buffer | null } {
  return {
    attributes: Object.fromEntries(
      [...event.attributes()].map(([name, value]) => [name, String(value)]).sort(),
    ) as Record<string, string>,
    data: event.data,
  };
}

/** What a structured message says of an event whose data has no content type: that it is JSON, if it is (JSON format 3.1). */
function afterStructured(event: EventView): ReturnType<typeof facts> {
  const expected = facts(event);
  if (event.data !== null && event.attribute('datacontenttype') === undefined) {
    if (event.specVersion === '0.3' || isJsonText(event.data, 999))
      expected.attributes['datacontenttype'] = 'application/json';
  }
  // JSON data is written where it stands in the text, so that blanks around it are no longer its own.
  const isJson =
    event.attribute('datacontenttype') === undefined || /json/i.test(String(event.attribute('datacontenttype')));
  if (event.data !== null && isJson && isJsonText(event.data, 999))
    expected.data = Buffer.from(event.data.toString().replace(/^[ \n\r\t]+|[ \n\r\t]+$/g, ''));
  return expected;
}

suite('any event comes through', () => {
  for (const first of modes) {
    for (const second of modes) {
      for (const third of modes) {
        test(`HTTP ${first} → record ${second} → HTTP ${third}`, () => {
          fc.assert(
            fc.property(given, (input) => {
              const event = view(input);
              // Binary mode does not tell empty data from none.
              fc.pre(event.data?.length !== 0 || [first, second, third].every((mode) => mode === 'structured'));
              const request = toHttpRequest(event, first);
              const received = readHttpEvent(request.headers, request.body ?? Buffer.alloc(0));
              const record = consumed(toRecord(received, second));
              const delivered = toHttpRequest(record, third);
              const read = readHttpEvent(delivered.headers, delivered.body ?? Buffer.alloc(0));
              const expected = [first, second, third].includes('structured') ? afterStructured(event) : facts(event);
              assert.deepEqual(facts(read), expected);
            }),
            { numRuns: 300 },
          );
        });
      }
    }
  }

  test('in binary mode the very buffer comes through', () => {
    fc.assert(
      fc.property(given, (input) => {
        fc.pre(input.data !== null && input.data.length > 0);
        const request = toHttpRequest(view(input), 'binary');
        const record = toRecord(readHttpEvent(request.headers, request.body!), 'binary');
        assert.equal(toHttpRequest(consumed(record), 'binary').body, input.data);
      }),
    );
  });

  test('what is written can be read again and is then the same, in either mode', () => {
    fc.assert(
      fc.property(given, fc.constantFrom(...modes), (input, mode) => {
        const once = toRecord(view(input), mode);
        const twice = toRecord(consumed(once), mode);
        assert.deepEqual(headerMap(twice), headerMap(once));
        assert.equal(twice.key, once.key);
        if (mode === 'binary' && input.data?.length !== 0) assert.deepEqual(twice.value, once.value);
      }),
    );
  });

  test('an attribute is found by name as it is listed, with many extensions too', () => {
    fc.assert(
      fc.property(
        fc.dictionary(extensionName, extensionValue, { minKeys: 10, maxKeys: 60 }),
        given,
        (extensions, input) => {
          const event = withExtensions(view(input), extensions);
          for (const [name, value] of event.attributes()) assert.equal(event.attribute(name), value);
          for (const [name, value] of Object.entries(extensions)) assert.equal(event.attribute(name), value);
          const without = withExtensions(
            event,
            Object.fromEntries(Object.keys(extensions).map((name) => [name, undefined])),
          );
          for (const name of Object.keys(extensions)) assert.equal(without.attribute(name), undefined);
        },
      ),
    );
  });
});

function headerMap(record: EncodedRecord): Map<string, string> {
  return new Map(record.headers.map(({ name, value }) => [name, value]));
}
