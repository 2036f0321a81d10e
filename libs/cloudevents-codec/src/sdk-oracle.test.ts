/** The official `cloudevents` package as the judge: what it writes we read as meant, what we write it reads as meant. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { CloudEvent, HTTP, Kafka } from 'cloudevents';
import type { CloudEventV1, Message } from 'cloudevents';
import fc from 'fast-check';
import {
  fromCloudEvent,
  isCodecError,
  readHttpEvent,
  readRecordEvent,
  toCloudEvent,
  toHttpRequest,
  toRecord,
} from './index.ts';
import type { ContentMode, EventView } from './index.ts';
import { isJsonContentType } from './media-type.ts';

const ascii = fc.string({
  unit: fc.constantFrom(...Array.from('abcXYZ019-._~:/?#@!$&()*+,;=')),
  minLength: 1,
  maxLength: 12,
});
/** The package neither escapes nor decodes header values, so that only printable ASCII means the same to it in binary mode. */
const word = ascii.filter((value) => !value.startsWith('"'));
/** What JSON can say: it has no -0. */
const jsonValue = fc.json({ maxDepth: 3 }).map((text) => JSON.parse(text) as unknown);
const json = jsonValue.filter((value) => typeof value === 'object' && value !== null);

const properties = fc.record(
  {
    id: word,
    type: word,
    source: fc.constantFrom('/s', 'https://example.com/a?b=c#d', 'urn:x:y'),
    subject: word,
    dataschema: fc.constantFrom('https://example.com/schema', 'urn:schema:1'),
    time: fc.constantFrom('2020-07-06T09:23:12.120Z', '1985-04-12T23:20:50.520Z'),
    extone: word,
    exttwo: fc.boolean(),
    extthree: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
  },
  { requiredKeys: ['id', 'type', 'source', 'time'] },
);

function ours(event: EventView): Record<string, string> {
  return Object.fromEntries([...event.attributes()].map(([name, value]) => [name, String(value)]));
}

function theirs(event: CloudEventV1<unknown>): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(event)) {
    if (name !== 'data' && name !== 'data_base64' && value !== undefined) {
      attributes[name] = typeof value === 'string' ? value : JSON.stringify(value);
    }
  }
  return attributes;
}

function received(message: Message): EventView {
  const headers: string[] = [];
  for (const [name, value] of Object.entries(message.headers)) headers.push(name, String(value));
  const { body } = message;
  return readHttpEvent(headers, Buffer.isBuffer(body) ? body : Buffer.from(body === undefined ? '' : (body as string)));
}

function asMessage(event: EventView, mode: ContentMode): Message {
  const { headers, body } = toHttpRequest(event, mode);
  const byName: Record<string, string> = {};
  for (let at = 0; at < headers.length; at += 2) byName[headers[at]!] = headers[at + 1]!;
  return { headers: byName, body: body?.toString() };
}

suite('events that the cloudevents package writes', () => {
  test('HTTP.binary, with JSON', () => {
    fc.assert(
      fc.property(properties, json, (attributes, data) => {
        const event = new CloudEvent({ ...attributes, datacontenttype: 'application/json', data });
        const view = received(HTTP.binary(event));
        assert.deepEqual(ours(view), theirs(event));
        assert.deepEqual(JSON.parse(view.data!.toString()), data);
      }),
    );
  });

  test('HTTP.binary, with bytes', () => {
    fc.assert(
      fc.property(properties, fc.uint8Array({ minLength: 1 }), (attributes, bytes) => {
        const data = Buffer.from(bytes);
        const event = new CloudEvent({ ...attributes, datacontenttype: 'application/octet-stream', data });
        const view = received(HTTP.binary(event));
        assert.deepEqual(ours(view), theirs(event));
        assert.deepEqual(view.data, data);
      }),
    );
  });

  test('HTTP.structured, with JSON of any kind', () => {
    fc.assert(
      fc.property(properties, jsonValue, (attributes, data) => {
        const event = new CloudEvent({ ...attributes, datacontenttype: 'application/json', data });
        const view = received(HTTP.structured(event));
        assert.deepEqual(ours(view), theirs(event));
        assert.equal(view.data!.toString(), JSON.stringify(data));
        assert.deepEqual(ours(fromCloudEvent(event)), theirs(event));
        assert.deepEqual(fromCloudEvent(event).data, view.data);
      }),
    );
  });

  test('HTTP.structured, with bytes', () => {
    fc.assert(
      fc.property(properties, fc.uint8Array({ minLength: 1 }), (attributes, bytes) => {
        const event = new CloudEvent({ ...attributes, datacontenttype: 'image/png', data: Buffer.from(bytes) });
        const view = received(HTTP.structured(event));
        assert.deepEqual(ours(view), theirs(event));
        assert.deepEqual(view.data, Buffer.from(bytes));
      }),
    );
  });

  test('HTTP.structured, with text beyond ASCII in attributes', () => {
    fc.assert(
      fc.property(properties, fc.string({ unit: 'binary', minLength: 1 }), (attributes, text) => {
        fc.pre(!text.includes('\0'));
        const event = new CloudEvent({
          ...attributes,
          subject: text,
          extone: text,
          datacontenttype: 'text/plain',
          data: text,
        });
        const view = received(HTTP.structured(event));
        assert.deepEqual(ours(view), theirs(event));
        assert.equal(view.data!.toString(), text);
      }),
    );
  });

  for (const mode of ['binary', 'structured'] as const) {
    test(`Kafka.${mode}`, () => {
      fc.assert(
        fc.property(properties, json, word, (attributes, data, partitionkey) => {
          const event = new CloudEvent({ ...attributes, partitionkey, datacontenttype: 'application/json', data });
          const { headers, value } = Kafka[mode](event);
          const view = readRecordEvent({
            headers: Object.entries(headers)
              .filter(([, text]) => text !== undefined)
              .map(([name, text]) => ({ name, value: Buffer.from(String(text)) })),
            value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
          });
          assert.deepEqual(ours(view), theirs(event));
          assert.deepEqual(JSON.parse(view.data!.toString()), data);
          assert.equal(toRecord(view, mode).key, partitionkey);
        }),
      );
    });
  }
});

suite('events that the cloudevents package reads', () => {
  for (const mode of ['binary', 'structured'] as const) {
    test(`HTTP.toEvent of a ${mode} request`, () => {
      fc.assert(
        fc.property(properties, json, (attributes, data) => {
          const event = new CloudEvent({ ...attributes, datacontenttype: 'application/json', data });
          const read = HTTP.toEvent(asMessage(fromCloudEvent(event), mode)) as CloudEventV1<unknown>;
          assert.deepEqual(theirs(read), theirs(event));
          assert.deepEqual(read.data, data);
        }),
      );
    });

    test(`HTTP.toEvent of a ${mode} request of version 0.3`, () => {
      const event = new CloudEvent({
        specversion: '0.3',
        id: '1',
        source: '/s',
        type: 't',
        time: '2020-07-06T09:23:12.120Z',
        schemaurl: '/x',
        datacontenttype: 'application/json',
        data: { a: 1 },
      });
      const read = HTTP.toEvent(asMessage(fromCloudEvent(event), mode)) as CloudEventV1<unknown>;
      assert.deepEqual(theirs(read), theirs(event));
      assert.deepEqual(read.data, { a: 1 });
    });

    test(`Kafka.toEvent of a ${mode} record`, () => {
      fc.assert(
        fc.property(properties, json, word, (attributes, data, partitionkey) => {
          const event = new CloudEvent({ ...attributes, partitionkey, datacontenttype: 'application/json', data });
          const { key, value, headers } = toRecord(fromCloudEvent(event), mode);
          const message = {
            key,
            value: value!.toString(),
            headers: Object.fromEntries(headers.map((header) => [header.name, header.value])),
          };
          const read = Kafka.toEvent(message as unknown as Message) as CloudEventV1<unknown>;
          assert.deepEqual(theirs(read), theirs(event));
          assert.deepEqual(read.data, data);
        }),
      );
    });
  }

  test('structured bytes come back from its own reader through fromCloudEvent', () => {
    const event = new CloudEvent({
      id: '1',
      source: '/s',
      type: 't',
      datacontenttype: 'image/png',
      data: Buffer.from([0, 1, 254, 255]),
    });
    const read = HTTP.toEvent(HTTP.structured(event)) as CloudEventV1<unknown>;
    assert.deepEqual(fromCloudEvent(read).data, Buffer.from([0, 1, 254, 255]));
  });
});

suite('toCloudEvent and fromCloudEvent', () => {
  test('are the inverse of each other for valid events', () => {
    const text = fc.string({ unit: 'binary', minLength: 1 });
    const payload = fc.oneof(
      fc.record({ datacontenttype: fc.constantFrom('application/json', 'application/x+json'), data: jsonValue }),
      fc.record({ datacontenttype: fc.constant('text/plain'), data: text }),
      fc.record({
        datacontenttype: fc.constant('image/png'),
        data: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      }),
    );
    fc.assert(
      fc.property(properties, payload, text, (attributes, { datacontenttype, data }, subject) => {
        const event = new CloudEvent<unknown>({ ...attributes, subject, datacontenttype, data });
        const back = toCloudEvent(fromCloudEvent(event));
        assert.ok(back instanceof CloudEvent);
        const isJson = isJsonContentType(datacontenttype);
        assert.deepEqual(theirs(back), theirs(event));
        assert.deepEqual(back.data, isJson ? (JSON.parse(JSON.stringify(data)) as unknown) : data);
      }),
    );
  });

  const base: CloudEventV1<unknown> = { specversion: '1.0', id: '1', source: '/s', type: 't' };

  test('plain objects, dates, bytes of all kinds and absent values are taken', () => {
    const event = fromCloudEvent({
      ...base,
      time: new Date('2020-07-06T09:23:12Z') as unknown as string,
      when: new Date(0),
      bytes: new Uint8Array([1, 2]),
      none: null,
      nothing: undefined,
      data: new DataView(new Uint8Array([7, 8]).buffer),
    });
    assert.deepEqual(ours(event), {
      specversion: '1.0',
      id: '1',
      source: '/s',
      type: 't',
      time: '2020-07-06T09:23:12.000Z',
      when: '1970-01-01T00:00:00.000Z',
      bytes: 'AQI=',
    });
    assert.deepEqual(event.data, Buffer.from([7, 8]));
    assert.deepEqual(fromCloudEvent({ ...base, data_base64: 'aGk=' }).data, Buffer.from('hi'));
    assert.deepEqual(fromCloudEvent({ ...base, data: new Uint8Array([1]).buffer }).data, Buffer.from([1]));
    assert.equal(fromCloudEvent(base).data, null);
    assert.equal(fromCloudEvent({ ...base, data: null }).data!.toString(), 'null');
    assert.equal(fromCloudEvent({ ...base, datacontenttype: 'text/plain', data: null }).data, null);
    const encoded = fromCloudEvent({
      ...base,
      specversion: '0.3',
      datacontentencoding: 'base64',
      datacontenttype: 'text/plain',
      data: 'aGk=',
    });
    assert.equal(encoded.data!.toString(), 'hi');
  });

  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  const invalid: readonly (readonly [what: string, event: Record<string, unknown>, code: string])[] = [
    ['no id', { ...base, id: undefined }, 'EVENT_MISSING_ATTRIBUTE'],
    ['an empty type', { ...base, type: '' }, 'EVENT_INVALID_ATTRIBUTE'],
    ['a number as subject', { ...base, subject: 5 }, 'EVENT_INVALID_ATTRIBUTE'],
    ['a source that is no URI', { ...base, source: 'a b' }, 'EVENT_INVALID_ATTRIBUTE'],
    ['a time that is none', { ...base, time: 'yesterday' }, 'EVENT_INVALID_ATTRIBUTE'],
    ['an invalid date', { ...base, time: new Date(Number.NaN) }, 'EVENT_INVALID_ATTRIBUTE'],
    ['version 2.0', { ...base, specversion: '2.0' }, 'EVENT_UNSUPPORTED_SPECVERSION'],
    ['an upper-case extension', { ...base, myExt: 'x' }, 'EVENT_INVALID_NAME'],
    ['an object as extension', { ...base, ext: {} }, 'EVENT_INVALID_ATTRIBUTE'],
    ['a fraction as extension', { ...base, ext: 1.5 }, 'EVENT_INVALID_ATTRIBUTE'],
    ['a lone surrogate', { ...base, ext: '\ud800' }, 'EVENT_INVALID_ATTRIBUTE'],
    ['cyclic data', { ...base, data: cyclic }, 'EVENT_INVALID_DATA'],
    ['a bigint as data', { ...base, data: 1n }, 'EVENT_INVALID_DATA'],
    ['a function as data', { ...base, data: () => 1 }, 'EVENT_INVALID_DATA'],
    ['an object as text', { ...base, datacontenttype: 'text/plain', data: {} }, 'EVENT_INVALID_DATA'],
    ['a lone surrogate as text', { ...base, datacontenttype: 'text/plain', data: '\ud800' }, 'EVENT_INVALID_DATA'],
    ['broken base64', { ...base, data_base64: '*' }, 'EVENT_INVALID_DATA'],
    [
      'an encoding other than base64',
      { ...base, specversion: '0.3', datacontentencoding: 'gzip' },
      'EVENT_INVALID_ATTRIBUTE',
    ],
  ];
  for (const [what, event, code] of invalid) {
    test(`${what} is refused`, () => {
      assert.throws(
        () => fromCloudEvent(event as unknown as CloudEventV1<unknown>),
        (error) => isCodecError(error) && error.code === code,
      );
    });
  }

  test('data that is not what its type says is handed on as text or bytes', () => {
    const read = (type: string, body: Buffer): unknown =>
      toCloudEvent(
        readHttpEvent(
          ['ce-specversion', '1.0', 'ce-id', '1', 'ce-source', '/s', 'ce-type', 't', 'content-type', type],
          body,
        ),
      ).data;
    assert.equal(read('application/json', Buffer.from('{bad')), '{bad');
    assert.deepEqual(read('application/json', Buffer.from([0xff])), Buffer.from([0xff]));
    assert.deepEqual(read('text/plain', Buffer.from([0xff])), Buffer.from([0xff]));
    assert.deepEqual(read('', Buffer.from('x')), Buffer.from('x'));
  });

  test('extensions that the package has no room for are left out', () => {
    const event = readHttpEvent(
      [
        'ce-specversion',
        '1.0',
        'ce-id',
        '1',
        'ce-source',
        '/s',
        'ce-type',
        't',
        'ce-schemaurl',
        '/x',
        'ce-data',
        'd',
        'ce-validate',
        'v',
        'ce-emit',
        'e',
      ],
      Buffer.from('body'),
    );
    const object = toCloudEvent(event);
    const own = new Map<string, unknown>(Object.entries(object));
    assert.deepEqual(own.get('data'), Buffer.from('body'));
    assert.equal(own.get('schemaurl'), undefined);
    assert.equal(own.get('validate'), 'v');
  });
});
