/** The rows of dispatcher.md 21 that are about reading records and replies and about writing requests. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  isCodecError,
  readHttpEvent,
  readHttpResponseEvent,
  readRecordEvent,
  toHttpRequest,
  toRecord,
  toSpecVersion1,
  withExtensions,
} from './index.ts';
import type { CodecErrorCode, EventView } from './index.ts';

type Headers = readonly (readonly [name: string, value: string | Buffer | null])[];

const context = { specversion: '1.0', id: 'abc', source: 'http://localhost', type: 'test' };

function record(headers: Headers, value: string | Buffer | null = null): EventView {
  return readRecordEvent({
    headers: headers.map(([name, text]) => ({ name, value: typeof text === 'string' ? Buffer.from(text) : text })),
    value: typeof value === 'string' ? Buffer.from(value) : value,
  });
}

function binary(
  attributes: Readonly<Record<string, string | null>> = {},
  headers: Headers = [],
  value?: string,
): EventView {
  const all = Object.entries({ ...context, ...attributes }).map(([name, text]) => [`ce_${name}`, text] as const);
  return record([...all, ...headers], value ?? null);
}

function structured(
  members: Readonly<Record<string, unknown>> = {},
  contentType = 'application/cloudevents+json',
): EventView {
  return record([['content-type', contentType]], JSON.stringify({ ...context, ...members }));
}

function sent(event: EventView): Record<string, string> {
  const { headers } = toHttpRequest(event, 'binary');
  const byName: Record<string, string> = {};
  for (let at = 0; at < headers.length; at += 2) {
    assert.equal(headers[at]! in byName, false, `${headers[at]!} is sent once`);
    byName[headers[at]!] = headers[at + 1]!;
  }
  return byName;
}

function body(event: EventView): string | null {
  return toHttpRequest(event, 'binary').body?.toString() ?? null;
}

function undecodable(code: CodecErrorCode): (error: unknown) => boolean {
  return (error) => isCodecError(error) && error.code === code;
}

suite('dispatcher 6: record to event', () => {
  test('dispatcher K1: binary and structured encodings of one event are equal events', () => {
    const one = binary({ subject: 's' }, [['content-type', 'text/plain']], 'hi');
    const other = structured({ subject: 's', datacontenttype: 'text/plain', data: 'hi' });
    assert.deepEqual([...one.attributes()], [...other.attributes()]);
    assert.deepEqual(one.data, other.data);
  });

  test('dispatcher K2: another header and bytes are no event', () => {
    assert.throws(() => record([['knative', 'knative']], Buffer.from([1, 4])), undecodable('EVENT_NOT_AN_EVENT'));
    assert.throws(() => record([], JSON.stringify(context)), undecodable('EVENT_NOT_AN_EVENT'));
  });

  test('dispatcher K8: a null or empty value with headers is an event without data', () => {
    assert.equal(binary().data, null);
    assert.equal(binary({}, [], '').data, null);
  });

  test('dispatcher 6: a structured record without a value is undecodable', () => {
    assert.throws(() => record([['content-type', 'application/cloudevents+json']]), undecodable('EVENT_INVALID_JSON'));
  });

  test('dispatcher 6: header names are matched in lower case only', () => {
    assert.throws(
      () => record([['Content-Type', 'application/cloudevents+json']], '{}'),
      undecodable('EVENT_NOT_AN_EVENT'),
    );
    assert.throws(() => record([['CE_specversion', '1.0']], 'x'), undecodable('EVENT_NOT_AN_EVENT'));
    assert.equal(binary({ MyExt: 'x' }).attribute('myext'), 'x', 'what follows ce_ is lower-cased');
  });

  test('dispatcher 6: other CloudEvents media types are undecodable, case and blanks do not matter', () => {
    for (const contentType of ['application/cloudevents-batch+json', 'Application/CloudEvents+Avro']) {
      assert.throws(() => structured({}, contentType), undecodable('EVENT_UNSUPPORTED_MEDIA_TYPE'));
    }
    assert.equal(structured({}, 'application/cloudevents+json ;charset=utf-8').id, 'abc');
    assert.equal(structured({}, 'APPLICATION/cloudevents+json').id, 'abc');
  });

  test('dispatcher 6: the last of equal names wins', () => {
    const event = binary({}, [
      ['ce_id', 'second'],
      ['ce_ext', '1'],
      ['ce_ext', '2'],
    ]);
    assert.equal(event.id, 'second');
    assert.equal(event.attribute('ext'), '2');
    const duplicate = '{"specversion":"1.0","id":"a","id":"abc","source":"/","type":"t"}';
    assert.equal(record([['content-type', 'application/cloudevents+json']], duplicate).id, 'abc');
  });

  test('dispatcher 6: an id with null value is missing, an unknown version unsupported', () => {
    assert.throws(() => binary({ id: null }), undecodable('EVENT_MISSING_ATTRIBUTE'));
    assert.throws(() => binary({ specversion: '1.1' }), undecodable('EVENT_UNSUPPORTED_SPECVERSION'));
    assert.throws(() => structured({ specversion: 1 }), undecodable('EVENT_INVALID_ATTRIBUTE'));
    assert.throws(() => structured({ id: undefined }), undecodable('EVENT_MISSING_ATTRIBUTE'));
  });

  test('dispatcher 6: empty values are let through', () => {
    for (const name of ['id', 'source', 'type', 'subject', 'ext']) {
      assert.equal(sent(binary({ [name]: '' }))[`ce-${name}`], '');
      assert.equal(sent(structured({ [name]: '' }))[`ce-${name}`], '');
    }
  });

  test('dispatcher 6: a source that is no URI and an illegal name are undecodable', () => {
    assert.throws(() => binary({ source: 'a b\\c' }), undecodable('EVENT_INVALID_ATTRIBUTE'));
    assert.throws(() => binary({ 'my-ext': 'x' }), undecodable('EVENT_INVALID_NAME'));
    assert.throws(() => structured({ MyExt: 'x' }), undecodable('EVENT_INVALID_NAME'));
    assert.throws(() => structured({ 'my-ext': 'x' }), undecodable('EVENT_INVALID_NAME'));
  });

  test('dispatcher 6: data that does not fit is undecodable', () => {
    assert.throws(() => structured({ data: 1, data_base64: 'AA==' }), undecodable('EVENT_INVALID_DATA'));
    assert.throws(() => structured({ data_base64: '***' }), undecodable('EVENT_INVALID_DATA'));
    assert.throws(() => structured({ datacontenttype: 'application/xml', data: 5 }), undecodable('EVENT_INVALID_DATA'));
  });

  test('dispatcher 6: objects and arrays as extensions become their JSON text, null is absent', () => {
    const text = JSON.stringify(context).replace(
      '}',
      ', "obj": { "a" : 1.10 }, "arr":[ 1, "b \\" c" ],"nul":null} trailing',
    );
    const event = record([['content-type', 'application/cloudevents+json']], text);
    assert.equal(sent(event)['ce-obj'], '{%22a%22:1.10}');
    assert.equal(event.attribute('arr'), '[1,"b \\" c"]');
    assert.equal(event.attribute('nul'), undefined);
  });

  test('dispatcher 6: numbers beyond 32 bits are undecodable, booleans are text in a request', () => {
    const headers = sent(structured({ x: -2147483648, y: 2147483647, z: false }));
    assert.deepEqual([headers['ce-x'], headers['ce-y'], headers['ce-z']], ['-2147483648', '2147483647', 'false']);
    assert.throws(() => structured({ x: -2147483649 }), undecodable('EVENT_INVALID_ATTRIBUTE'));
  });

  test('dispatcher 6: bytes that are not UTF-8 become U+FFFD', () => {
    assert.equal(binary({}, [['ce_ext', Buffer.from([0x61, 0xff])]]).attribute('ext'), 'a\ufffd');
  });

  test('dispatcher 6: "data": null is the body null', () => {
    assert.equal(body(structured({ data: null })), 'null');
    assert.equal(sent(structured({ data: null }))['content-type'], 'application/json');
  });

  test('dispatcher 6: structured wins over ce_ headers', () => {
    const headers: Headers = [
      ['content-type', 'application/cloudevents+json'],
      ['ce_specversion', '1.0'],
      ['ce_id', 'head'],
    ];
    assert.equal(record(headers, JSON.stringify({ ...context, id: 'body' })).id, 'body');
  });

  test('dispatcher K45: T: object data of a vendor +json type is kept', () => {
    const event = structured({ datacontenttype: 'application/vnd.x+json', data: 5 });
    assert.equal(body(event), '5');
    assert.equal(sent(event)['content-type'], 'application/vnd.x+json');
    for (const type of ['Application/JSON', 'application/a1+json', 'application/ld+json;x=y']) {
      assert.equal(body(structured({ datacontenttype: type, data: { a: 1 } })), '{"a":1}');
    }
  });

  test('dispatcher K66: T: a header with a null value counts as absent', () => {
    assert.equal(
      binary(
        {},
        [
          ['foo', null],
          ['content-type', null],
        ],
        'x',
      ).data?.toString(),
      'x',
    );
    const headers: Headers = [
      ['content-type', 'application/cloudevents+json'],
      ['foo', null],
    ];
    assert.equal(record(headers, JSON.stringify(context)).id, 'abc');
  });
});

suite('dispatcher 8: event to request', () => {
  test('dispatcher 8: every attribute goes as a header, the content type verbatim', () => {
    const attributes = { subject: 'sub', time: '2018-04-26T14:48:09+02:00', dataschema: 'http://x/y?z=1', num: '42' };
    assert.deepEqual(sent(binary(attributes, [['content-type', 'text/plain; charset=ISO-8859-1']], 'hello')), {
      'ce-specversion': '1.0',
      'ce-id': 'abc',
      'ce-source': 'http://localhost',
      'ce-type': 'test',
      'content-type': 'text/plain; charset=ISO-8859-1',
      'ce-dataschema': 'http://x/y?z=1',
      'ce-subject': 'sub',
      'ce-time': '2018-04-26T14:48:09+02:00',
      'ce-num': '42',
    });
  });

  test('dispatcher 6 T: the text of time is kept, what is not quite RFC 3339 is completed', () => {
    assert.equal(sent(binary({ time: '2018-04-26T14:48:00.100Z' }))['ce-time'], '2018-04-26T14:48:00.100Z');
    assert.equal(sent(binary({ time: '2020-07-06t09:23z' }))['ce-time'], '2020-07-06T09:23:00Z');
    assert.throws(() => binary({ time: '2020-07-06 09:23:12Z' }), undecodable('EVENT_INVALID_ATTRIBUTE'));
    assert.throws(() => binary({ time: '2016-12-31T23:59:60Z' }), undecodable('EVENT_INVALID_ATTRIBUTE'));
  });

  test('dispatcher 8 T: values are percent-encoded', () => {
    const headers = sent(binary({ subject: 'Euro € 😀', ext: 'a "b" %20', source: '/é' }));
    assert.equal(headers['ce-subject'], 'Euro%20%E2%82%AC%20%F0%9F%98%80');
    assert.equal(headers['ce-ext'], 'a%20%22b%22%20%2520');
    assert.equal(headers['ce-source'], '/%C3%A9');
  });

  test('dispatcher K80: T: control characters are percent-encoded', () => {
    assert.equal(
      sent(withExtensions(binary(), { key: '\u0001\u0002\u0003', other: 'k\nl\u0000' }))['ce-key'],
      '%01%02%03',
    );
    assert.equal(sent(withExtensions(binary(), { other: 'k\nl\u0000' }))['ce-other'], 'k%0Al%00');
    const event = structured({ datacontenttype: 'text/plain\r\nx: é', data: 'hi' });
    assert.equal(sent(event)['content-type'], 'text/plain%0D%0Ax: %C3%A9');
  });

  test('dispatcher 8: no data is no body, no content type no header', () => {
    assert.equal(toHttpRequest(binary(), 'binary').body, null);
    assert.equal('content-type' in sent(binary({}, [], 'x')), false);
    assert.equal(body(binary({}, [], 'x')), 'x');
  });

  test('dispatcher 8 T: format json is structured mode', () => {
    const request = toHttpRequest(
      binary({ ext: 'é' }, [['content-type', 'application/json']], '{"a": 1.10}'),
      'structured',
    );
    assert.deepEqual(request.headers, ['content-type', 'application/cloudevents+json']);
    assert.equal(
      request.body?.toString(),
      '{"specversion":"1.0","id":"abc","source":"http://localhost","type":"test","datacontenttype":"application/json","ext":"é","data":{"a": 1.10}}',
    );
  });

  test('an event with data of a CloudEvents media type is sent so that nobody misreads it', () => {
    const event = structured({ datacontenttype: 'application/cloudevents+json', data: { specversion: '1.0' } });
    const { headers, body: sentBody } = toHttpRequest(event, 'binary');
    assert.equal(sent(event)['ce-id'], 'abc', 'the headers are there, for who looks only at them');
    const read = readHttpEvent(headers, sentBody!);
    assert.deepEqual([...read.attributes()], [...event.attributes()]);
    assert.deepEqual(read.data, event.data);
  });

  test('an event with an extension named data is sent in binary mode', () => {
    const { headers } = toHttpRequest(binary({ data: 'x' }), 'structured');
    assert.equal(headers[headers.indexOf('ce-data') + 1], 'x');
  });
});

suite('dispatcher 2 and 11: changed events', () => {
  test('dispatcher X1: extensions are added and replaced, the event itself stays', () => {
    const event = binary({ a: 'old' });
    const changed = withExtensions(event, {
      knativekafkapartition: 1,
      knativekafkaoffset: 3_000_000_000,
      a: 'foo',
      b: true,
    });
    assert.equal(event.attribute('a'), 'old');
    assert.equal(event.attribute('b'), undefined);
    const headers = sent(changed);
    assert.equal(headers['ce-a'], 'foo');
    assert.equal(headers['ce-b'], 'true');
    assert.equal(headers['ce-knativekafkapartition'], '1');
    assert.equal(headers['ce-knativekafkaoffset'], '3000000000');
    const json = JSON.parse(toHttpRequest(changed, 'structured').body!.toString()) as Record<string, unknown>;
    assert.equal(json['knativekafkapartition'], 1);
    assert.equal(json['knativekafkaoffset'], '3000000000', 'more than 32 bits make no CloudEvents integer');
  });

  test('dispatcher X3: names of context attributes and illegal names are refused', () => {
    for (const name of ['id', 'type', 'datacontenttype', 'dataschema', 'schemaurl', 'My-Ext', 'MyExt', '']) {
      assert.throws(() => withExtensions(binary(), { [name]: 'x' }), undecodable('EVENT_INVALID_NAME'), name);
    }
    for (const number of [1.5, Number.NaN, 2 ** 60]) {
      assert.throws(() => withExtensions(binary(), { a: number }), undecodable('EVENT_INVALID_ATTRIBUTE'));
    }
  });

  test('dispatcher D25: extensions are taken away with undefined', () => {
    const event = binary({ knativeerrorcode: '1', knativeerrordata: 'old', x: 'y' });
    const changed = withExtensions(event, {
      knativeerrordest: 'http://d',
      knativeerrorcode: undefined,
      knativeerrordata: undefined,
    });
    assert.deepEqual([...changed.attributes()].slice(4), [
      ['x', 'y'],
      ['knativeerrordest', 'http://d'],
    ]);
  });

  test('dispatcher D26: a dead letter of a 0.3 event is one of 1.0', () => {
    const event = binary({ specversion: '0.3', schemaurl: '/sch' }, [['content-type', 'text/plain']], 'x');
    assert.equal(sent(event)['ce-schemaurl'], '/sch');
    const upgraded = toSpecVersion1(event);
    assert.equal(sent(upgraded)['ce-specversion'], '1.0');
    assert.equal(sent(upgraded)['ce-dataschema'], '/sch');
    assert.equal('ce-schemaurl' in sent(upgraded), false);
    assert.equal(upgraded.data, event.data);
    assert.equal(event.specVersion, '0.3');
    assert.equal(toSpecVersion1(upgraded), upgraded, 'one of 1.0 is itself');
  });

  test('an extension dataschema of 0.3 yields to schemaurl, or takes its place', () => {
    assert.equal(
      sent(toSpecVersion1(binary({ specversion: '0.3', schemaurl: '/a', dataschema: '/b' })))['ce-dataschema'],
      '/a',
    );
    assert.equal(sent(toSpecVersion1(binary({ specversion: '0.3', dataschema: '/b' })))['ce-dataschema'], '/b');
    assert.equal('ce-dataschema' in sent(toSpecVersion1(binary({ specversion: '0.3', dataschema: 'a b' }))), false);
  });
});

suite('dispatcher 12: replies', () => {
  const reply = ['ce-specversion', '1.0', 'ce-id', 'rep', 'ce-source', '/r', 'ce-type', 'reply'];
  const empty = Buffer.alloc(0);

  for (const [row, headers, text] of [
    ['dispatcher P1: nothing', [], ''],
    ['dispatcher P1: a content type only', ['content-type', 'application/json'], ''],
    ['a structured content type without a body', ['content-type', 'application/cloudevents+json'], ''],
    ['a batch content type without a body', ['content-type', 'application/cloudevents-batch+json'], ''],
    ['dispatcher P2: T: a text', [], 'a'],
    ['T: JSON', ['content-type', 'application/json'], '{"a":1}'],
    ['an invalid event without a body', ['ce-specversion', '9.0', 'ce-id', '1'], ''],
    ['ce- headers without a version or a body', ['ce-id', '1'], ''],
  ] as const) {
    test(`${row} is no reply`, () => {
      assert.equal(readHttpResponseEvent(headers, Buffer.from(text)), undefined);
    });
  }

  for (const [row, headers, text, code] of [
    ['broken JSON', ['content-type', 'application/cloudevents+json'], '{"a":', 'EVENT_INVALID_JSON'],
    ['a batch', ['content-type', 'application/cloudevents-batch+json'], '[]', 'EVENT_UNSUPPORTED_BATCH'],
    [
      'avro with ce- headers',
      [...reply, 'content-type', 'application/cloudevents+avro'],
      'x',
      'EVENT_UNSUPPORTED_MEDIA_TYPE',
    ],
    ['an unknown version', [...reply.with(1, '2.0')], 'x', 'EVENT_UNSUPPORTED_SPECVERSION'],
    ['an invalid time', [...reply, 'ce-time', 'yesterday'], 'x', 'EVENT_INVALID_ATTRIBUTE'],
    ['ce- headers without a version', reply.slice(2), 'x', 'EVENT_MISSING_ATTRIBUTE'],
    ['T: escapes that are not UTF-8', [...reply, 'ce-ext', '%ff'], 'x', 'EVENT_INVALID_ATTRIBUTE'],
  ] as const) {
    test(`${row} with a body is a malformed reply`, () => {
      assert.throws(() => readHttpResponseEvent(headers, Buffer.from(text)), undecodable(code));
    });
  }

  test('dispatcher P3: a structured reply, with typed extensions and base64', () => {
    const text = JSON.stringify({
      ...context,
      num: 5,
      flag: true,
      data_base64: 'AAEC',
      datacontenttype: 'application/octet-stream',
    });
    const event = readHttpResponseEvent(
      { 'content-type': 'application/cloudevents+json; charset=utf-8' },
      Buffer.from(text),
    );
    const { key, value, headers } = toRecord(event!, 'binary');
    assert.equal(key, null);
    assert.deepEqual(value, Buffer.from([0, 1, 2]));
    assert.deepEqual(headers.slice(4), [
      { name: 'content-type', value: 'application/octet-stream' },
      { name: 'ce_num', value: '5' },
      { name: 'ce_flag', value: 'true' },
    ]);
  });

  test('dispatcher P4: the partition key of a binary reply is the key, also when empty', () => {
    for (const key of ['k1', '']) {
      const event = readHttpResponseEvent([...reply, 'ce-partitionkey', key], Buffer.from('x'));
      assert.equal(toRecord(event!, 'binary').key, key);
      assert.deepEqual(toRecord(event!, 'binary').headers.at(-1), { name: 'ce_partitionkey', value: key });
    }
  });

  test('dispatcher 12: a binary reply without a body, in upper case, with an empty id', () => {
    const headers = ['CE-SPECVERSION', '1.0', 'CE-ID', '', 'CE-SOURCE', '/r', 'CE-TYPE', 'reply', 'Ce-MyExt', 'V'];
    const record = toRecord(readHttpResponseEvent(headers, empty)!, 'binary');
    assert.equal(record.value, null);
    assert.deepEqual(record.headers.at(-1), { name: 'ce_myext', value: 'V' });
  });

  test('dispatcher 8 T: replies are percent-decoded once, raw UTF-8 is read as such', () => {
    const encoded = readHttpResponseEvent(
      [...reply, 'ce-subject', 'Euro%20%E2%82%AC%20%F0%9F%98%80'],
      Buffer.from('x'),
    );
    assert.equal(encoded!.attribute('subject'), 'Euro € 😀');
    const raw = readHttpResponseEvent([...reply, 'ce-subject', Buffer.from('é€').toString('latin1')], Buffer.from('x'));
    assert.equal(raw!.attribute('subject'), 'é€');
    const decoded = readHttpResponseEvent([...reply, 'ce-subject', 'é€ 100%'], Buffer.from('x'));
    assert.equal(decoded!.attribute('subject'), 'é€ 100%', 'text that a client decoded already');
  });

  test('headers may come by name, with lists for repeated ones', () => {
    const byName = {
      'ce-specversion': '1.0',
      'ce-id': ['a', 'b'],
      'ce-source': '/r',
      'ce-type': 't',
      'x-none': undefined,
    };
    assert.equal(readHttpResponseEvent(byName, empty)!.id, 'b');
  });
});
