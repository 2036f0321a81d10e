/** The rows of receiver.md 20.2 and 20.3, by their numbers, and the odd cases of sections 5 and 6. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isCodecError, readHttpEvent, readRecordEvent, toHttpRequest, toRecord } from './index.ts';
import type { CodecErrorCode, ContentMode, EncodedRecord, EventView } from './index.ts';

const required = ['ce-specversion', '1.0', 'ce-id', '1', 'ce-source', '/s', 'ce-type', 't'];
const required03 = ['ce-specversion', '0.3', ...required.slice(2)];
const structuredType = ['Content-Type', 'application/cloudevents+json'];

function binary(headers: readonly string[], body: string | Buffer = ''): EventView {
  return readHttpEvent([...required, ...headers], Buffer.from(body));
}

function envelope(members: string, version = '1.0'): string {
  return `{"specversion":"${version}","id":"1","source":"/s","type":"t"${members === '' ? '' : `,${members}`}}`;
}

function structured(members: string, version = '1.0'): EventView {
  return readHttpEvent(structuredType, Buffer.from(envelope(members, version)));
}

function headersOf(record: EncodedRecord): Record<string, string> {
  return Object.fromEntries(record.headers.map(({ name, value }) => [name, value]));
}

function recordHeaders(event: EventView, mode: ContentMode = 'binary'): Record<string, string> {
  return headersOf(toRecord(event, mode));
}

function value(event: EventView, mode: ContentMode = 'binary'): string | null {
  return toRecord(event, mode).value?.toString() ?? null;
}

function refused(code: CodecErrorCode, message?: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isCodecError(error), `expected a CodecError, got ${String(error)}`);
    assert.equal(error.code, code);
    assert.match(error.message, /^\P{C}+$/u, 'a reason is one printable line');
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}

suite('receiver 20.2: decoding', () => {
  test('receiver D-01: text without a content type is no event', () => {
    assert.throws(() => readHttpEvent([], Buffer.from('this is not a cloud event')), refused('EVENT_NOT_AN_EVENT'));
  });

  test('receiver D-02: an event in application/json is no event', () => {
    const body = Buffer.from('{"specversion":"1.0","type":"t","source":"/s","data":{}}');
    assert.throws(() => readHttpEvent(['Content-Type', 'application/json'], body), refused('EVENT_NOT_AN_EVENT'));
  });

  test('receiver D-03: an event of version 0.3 stays one', () => {
    const event = readHttpEvent([...required03, 'ce-subject', 'subject'], Buffer.alloc(0));
    assert.equal(recordHeaders(event)['ce_specversion'], '0.3');
  });

  for (const contentType of ['application/xml', 'application/json']) {
    test(`receiver D-04: content type ${contentType} and body pass as sent`, () => {
      const source = '200.request.sender.test.knative.dev';
      const body = Buffer.from('{}');
      const event = readHttpEvent(
        [
          'ce-specversion',
          '1.0',
          'ce-type',
          'sometype',
          'ce-source',
          source,
          'ce-id',
          '1',
          'content-type',
          contentType,
        ],
        body,
      );
      const record = toRecord(event, 'binary');
      assert.equal(headersOf(record)['content-type'], contentType);
      assert.equal(record.value, body, 'the same buffer');
    });
  }

  test('receiver D-05 and 6.3: the worked example, its data kept byte for byte', () => {
    const body = Buffer.from(
      '{"specversion":"1.0","type":"sometype","source":"json.request.sender.test.knative.dev","id":"2222-4444-6666",' +
        '"time":"2020-07-06T09:23:12Z","datacontenttype":"application/json","data":{"message" : "helloworld"}}',
    );
    const event = readHttpEvent(structuredType, body);
    assert.deepEqual(toRecord(event, 'binary'), {
      key: null,
      value: Buffer.from('{"message" : "helloworld"}'),
      headers: [
        { name: 'ce_specversion', value: '1.0' },
        { name: 'ce_id', value: '2222-4444-6666' },
        { name: 'ce_source', value: 'json.request.sender.test.knative.dev' },
        { name: 'ce_type', value: 'sometype' },
        { name: 'content-type', value: 'application/json' },
        { name: 'ce_time', value: '2020-07-06T09:23:12Z' },
      ],
    });
    assert.equal(
      value(event, 'structured'),
      '{"specversion":"1.0","id":"2222-4444-6666","source":"json.request.sender.test.knative.dev","type":"sometype",' +
        '"datacontenttype":"application/json","time":"2020-07-06T09:23:12Z","data":{"message" : "helloworld"}}',
    );
  });

  test('receiver D-06: version 19.0 is refused', () => {
    const headers = ['ce-specversion', '19.0', ...required.slice(2)];
    assert.throws(
      () => readHttpEvent(headers, Buffer.alloc(0)),
      refused('EVENT_UNSUPPORTED_SPECVERSION', /"ce-specversion" is "19.0", expected "1.0" or "0.3"/),
    );
  });

  test('receiver D-07: attributes without a specversion are refused', () => {
    assert.throws(
      () => readHttpEvent(required.slice(2), Buffer.from('{}')),
      refused('EVENT_MISSING_ATTRIBUTE', /"ce-specversion" is missing/),
    );
  });

  test('receiver D-08: no content type makes no content type', () => {
    const record = toRecord(binary([], '{}'), 'binary');
    assert.equal('content-type' in headersOf(record), false);
    assert.equal(record.value?.toString(), '{}');
  });

  for (const missing of ['id', 'source', 'type']) {
    test(`receiver D-09: a missing ce-${missing} is refused by name`, () => {
      const at = required.indexOf(`ce-${missing}`);
      const headers = required.toSpliced(at, 2);
      assert.throws(
        () => readHttpEvent(headers, Buffer.alloc(0)),
        refused('EVENT_MISSING_ATTRIBUTE', new RegExp(`"ce-${missing}" is missing`)),
      );
    });
  }

  test('receiver D-10: a batch is refused, with and without ce- headers', () => {
    for (const headers of [[], required]) {
      const all = ['Content-Type', 'application/cloudevents-batch+json', ...headers];
      assert.throws(() => readHttpEvent(all, Buffer.from('[]')), refused('EVENT_UNSUPPORTED_BATCH'));
    }
  });

  const structuredTypes = [
    ['receiver D-11', 'application/cloudevents+json; charset=utf-8'],
    ['receiver D-12, F-16: case', 'Application/CloudEvents+JSON'],
    ['blank before the semicolon', 'application/cloudevents+json ;charset=utf-8'],
    ['a parameter with a semicolon', 'application/cloudevents+json; foo="a;b"'],
    ['another charset, which has no say', 'application/cloudevents+json; charset=iso-8859-1'],
    ['an empty parameter', 'application/cloudevents+json;'],
    ['a trailing blank', 'application/cloudevents+json  '],
  ] as const;
  for (const [row, contentType] of structuredTypes) {
    test(`${row}: "${contentType}" is structured mode`, () => {
      assert.equal(readHttpEvent(['Content-Type', contentType], Buffer.from(envelope(''))).id, '1');
    });
  }

  for (const contentType of [
    'application/cloudevents',
    'application/cloudevents+xml',
    'application/cloudevents+avro',
    'application/CloudEvents+protobuf',
    'application/cloudeventsx',
    'application/cloudevents+json, application/json',
  ]) {
    test(`receiver 5.1: "${contentType}" is refused, even with ce- headers`, () => {
      assert.throws(
        () => binary(['Content-Type', contentType], envelope('')),
        refused('EVENT_UNSUPPORTED_MEDIA_TYPE', /expected application\/cloudevents\+json/),
      );
    });
  }

  test('receiver 5.1, F-16: a second content type of CloudEvents is refused in binary mode', () => {
    const headers = ['Content-Type', 'text/plain', 'Content-Type', 'application/cloudevents+json'];
    assert.throws(() => binary(headers, 'hi'), refused('EVENT_UNSUPPORTED_MEDIA_TYPE'));
  });

  test('receiver 5.1: the first content type decides for structured mode', () => {
    const event = readHttpEvent([...structuredType, 'Content-Type', 'application/json'], Buffer.from(envelope('')));
    assert.equal(event.attribute('datacontenttype'), undefined);
  });

  test('receiver D-13: in structured mode the body wins over ce- headers, even bad ones', () => {
    const event = readHttpEvent(['ce-id', 'head', 'ce-my-ext', 'x', ...structuredType], Buffer.from(envelope('')));
    assert.equal(event.id, '1');
  });

  test('receiver D-14: names are lower-cased', () => {
    assert.equal(recordHeaders(binary(['CE-MyExt', '1']))['ce_myext'], '1');
  });

  for (const header of [
    'ce-my-ext',
    'ce-my_ext',
    'ce-my.ext',
    'ce-a*b',
    'ce-content-type',
    'ce-data_base64',
    'ce-ünder',
  ]) {
    test(`receiver D-15: the name ${header} is refused`, () => {
      assert.throws(
        () => binary([header, '1']),
        refused('EVENT_INVALID_NAME', /only the letters a-z and the digits 0-9/),
      );
    });
  }

  test('receiver 5.2: a header named just ce-, and those that only look similar, are ignored', () => {
    const event = binary(['ce-', 'v', 'ce_under', 'v', 'cex', 'v', 'xce-y', 'v']);
    assert.deepEqual(
      [...event.attributes()].map(([name]) => name),
      ['specversion', 'id', 'source', 'type'],
    );
  });

  test('receiver 5.2: of equal names the last wins, of specversion the first', () => {
    const event = binary(['ce-id', '2', 'ce-d', 'one', 'ce-d', 'two', 'ce-specversion', '0.3']);
    assert.equal(event.id, '2');
    assert.equal(event.attribute('d'), 'two');
    assert.equal(event.specVersion, '1.0');
  });

  test('receiver 5.2: an invalid ce-time refuses the event even if a good one follows', () => {
    assert.throws(
      () => binary(['ce-time', 'yesterday', 'ce-time', '2020-07-06T09:23:12Z']),
      refused('EVENT_INVALID_ATTRIBUTE', /"ce-time" is "yesterday", expected an RFC 3339 timestamp/),
    );
  });

  test('receiver D-16, dispatcher 6 T: time keeps its text', () => {
    const time = '2020-07-06T09:23:12.1200+00:00';
    assert.equal(recordHeaders(binary(['ce-time', time]))['ce_time'], time);
    assert.equal(recordHeaders(structured(`"time":"${time}"`))['ce_time'], time);
  });

  for (const time of ['yesterday', '2020-07-06T09:23:12', '']) {
    test(`receiver D-17: the time "${time}" is refused`, () => {
      assert.throws(() => binary(['ce-time', time]), refused('EVENT_INVALID_ATTRIBUTE', /ce-time/));
      assert.throws(() => structured(`"time":"${time}"`), refused('EVENT_INVALID_ATTRIBUTE', /member "time"/));
    });
  }

  test('receiver D-18: a source that is no URI reference is refused', () => {
    const headers = ['ce-specversion', '1.0', 'ce-id', '1', 'ce-type', 't', 'ce-source', 'a b'];
    assert.throws(
      () => readHttpEvent(headers, Buffer.alloc(0)),
      refused('EVENT_INVALID_ATTRIBUTE', /"ce-source" is "a b", expected a URI reference/),
    );
    assert.throws(() => binary(['ce-dataschema', 'a b']), refused('EVENT_INVALID_ATTRIBUTE'));
  });

  test('receiver D-19, F-16: header values are percent-decoded once', () => {
    assert.equal(recordHeaders(binary(['ce-subject', 'Euro%20%E2%82%AC%2520']))['ce_subject'], 'Euro €%20');
    assert.equal(recordHeaders(binary(['ce-subject', 'a%c3%a9']))['ce_subject'], 'aé');
  });

  test('receiver F-16: a quoted value is unquoted, a stray quote is not', () => {
    assert.equal(binary(['ce-subject', '"a b"']).attribute('subject'), 'a b');
    assert.equal(binary(['ce-subject', 'a"b\\c']).attribute('subject'), 'a"b\\c');
  });

  test('receiver F-16: raw UTF-8 in a header is read as UTF-8, other raw bytes as ISO-8859-1', () => {
    assert.equal(binary(['ce-subject', Buffer.from('Euro €').toString('latin1')]).attribute('subject'), 'Euro €');
    assert.equal(binary(['ce-subject', 'caf\u00e9']).attribute('subject'), 'café');
    assert.equal(binary(['ce-source', Buffer.from('/é').toString('latin1')]).source, '/é');
  });

  for (const subject of ['100%', '%zz', '%C0%A0', '%E2%82', '%ED%A0%80', 'a%00b']) {
    test(`receiver F-16: the header value "${subject}" cannot be decoded`, () => {
      assert.throws(() => binary(['ce-subject', subject]), refused('EVENT_INVALID_ATTRIBUTE', /ce-subject/));
    });
  }

  test('receiver 5.2: escapes that belong to a URI stay, those of the HTTP binding go', () => {
    const source = (raw: string): string => binary(['ce-source', raw]).source;
    assert.equal(source('HTTP://EXAMPLE.com/%7ea'), 'HTTP://EXAMPLE.com/%7ea');
    assert.equal(source('/a%2Fb'), '/a%2Fb');
    assert.equal(source('/a%252Fb'), '/a%2Fb');
    assert.equal(source('/a%20b'), '/a%20b', 'decoded it would be no URI');
    assert.equal(source('/a%2520b'), '/a%20b');
    assert.equal(source('/%C3%A9'), '/é');
  });

  test('receiver D-20: of Content-Type and ce-datacontenttype the later wins', () => {
    const later = binary(['Content-Type', 'application/json', 'ce-datacontenttype', 'text/plain'], 'x');
    assert.equal(recordHeaders(later)['content-type'], 'text/plain');
    assert.equal('ce_datacontenttype' in recordHeaders(later), false);
    const earlier = binary(['ce-datacontenttype', 'text/plain', 'Content-Type', 'application/json'], 'x');
    assert.equal(recordHeaders(earlier)['content-type'], 'application/json');
  });

  test('receiver D-21: in 0.3 base64 as datacontentencoding of a binary event is dropped, the body kept', () => {
    const headers = [
      ...required03,
      'ce-schemaurl',
      '/x',
      'ce-datacontentencoding',
      'base64',
      'Content-Type',
      'text/plain',
    ];
    const record = toRecord(readHttpEvent(headers, Buffer.from('aGk=')), 'binary');
    assert.equal(headersOf(record)['ce_schemaurl'], '/x');
    assert.equal('ce_datacontentencoding' in headersOf(record), false);
    assert.equal(record.value?.toString(), 'aGk=');
  });

  test('receiver F-16: in 0.3 another datacontentencoding is refused', () => {
    const headers = [...required03, 'ce-datacontentencoding', 'gzip'];
    assert.throws(() => readHttpEvent(headers, Buffer.from('x')), refused('EVENT_INVALID_ATTRIBUTE', /gzip/));
    assert.throws(
      () => structured('"datacontentencoding":"gzip","data":"x"', '0.3'),
      refused('EVENT_INVALID_ATTRIBUTE'),
    );
  });

  test('receiver 5.2: datacontentencoding and schemaurl are ordinary extensions in 1.0, dataschema in 0.3', () => {
    const headers = recordHeaders(binary(['ce-datacontentencoding', 'base64', 'ce-schemaurl', 'a b'], 'aGk='));
    assert.equal(headers['ce_datacontentencoding'], 'base64');
    assert.equal(headers['ce_schemaurl'], 'a b');
    const event = structured('"schemaurl":"/x","dataschema":"/y"', '0.3');
    assert.equal(recordHeaders(event)['ce_schemaurl'], '/x');
    assert.equal(recordHeaders(event)['ce_dataschema'], '/y');
    const encoded = structured('"datacontentencoding":"base64","data":"aGk="');
    assert.equal(value(encoded), '"aGk="');
    assert.equal(recordHeaders(encoded)['ce_datacontentencoding'], 'base64');
  });

  const jsonData = [
    ['receiver D-22, F-18', '{"b":1.10,"a": [1, 2]}'],
    ['receiver D-23', 'null'],
    ['F-18: exponents and big integers', '[1E2,1e-7,123456789012345678901234567890,0.1e1,-0]'],
    ['F-18: long fractions', '0.12345678901234567890'],
    ['F-18: duplicate names and their order', '{"z":1,"a":2,"z":3}'],
    ['F-18: escapes', '{"\\u0061":"\\u20ac\\ud800"}'],
    ['a string with its quotes', '"hi"'],
    ['the empty string', '""'],
    ['blanks inside', '[ ]'],
    ['characters beyond ASCII', '{"é":"€😀"}'],
  ] as const;
  for (const [row, json] of jsonData) {
    test(`${row}: JSON data keeps its bytes: ${json}`, () => {
      const event = structured(`"data": ${json} `);
      assert.equal(value(event), json);
      assert.equal(recordHeaders(event)['content-type'], 'application/json');
    });
  }

  test('receiver D-24: text data is the text', () => {
    const event = structured('"datacontenttype":"text/plain","data":"h\\u0069 €"');
    assert.equal(value(event), 'hi €');
    assert.equal(recordHeaders(event)['content-type'], 'text/plain');
    assert.equal(value(structured('"data":"hi","datacontenttype":"text/plain"')), 'hi', 'the type may follow');
    assert.equal(toRecord(structured('"datacontenttype":"text/plain","data":""'), 'binary').value?.length, 0);
    assert.equal(value(structured('"datacontenttype":"","data":"hi"')), 'hi', 'an empty type is not JSON');
  });

  for (const [row, members] of [
    ['receiver D-25', '"datacontenttype":"text/plain","data":{}'],
    ['receiver D-37', '"datacontenttype":"text/xml","data":null'],
    ['a number as XML', '"datacontenttype":"text/xml","data":5'],
    ['a lone surrogate in text', '"datacontenttype":"text/plain","data":"\\ud800"'],
    ['receiver D-28', '"data":"a","data_base64":"aGk="'],
    ['receiver 5.3: one of the two null', '"data":null,"data_base64":"aGk="'],
    ['receiver D-36: no padding', '"data_base64":"aGk"'],
    ['receiver D-36: null', '"data_base64":null'],
    ['URL-safe letters', '"data_base64":"_-8="'],
    ['a line break', '"data_base64":"aG\\nk="'],
    ['a number', '"data_base64":5'],
    ['no base64 at all', '"data_base64":"%%"'],
  ] as const) {
    test(`${row}: ${members} is refused`, () => {
      assert.throws(() => structured(members), refused('EVENT_INVALID_DATA', /"data/));
    });
  }

  for (const contentType of [
    'application/vnd.api+json',
    'APPLICATION/JSON',
    'application/json ;charset=utf-8',
    'text/json',
  ]) {
    test(`receiver D-26, F-18: ${contentType} is JSON`, () => {
      assert.equal(value(structured(`"datacontenttype":"${contentType}","data":{}`)), '{}');
    });
  }

  test('receiver D-27: base64 data without a content type gets none', () => {
    const event = structured('"data_base64":"aGk="');
    assert.equal(value(event), 'hi');
    assert.equal('content-type' in recordHeaders(event), false);
  });

  test('receiver D-29: integers and booleans are kept, fractions and larger integers refused', () => {
    assert.equal(structured('"ext":7').attribute('ext'), 7);
    assert.equal(recordHeaders(structured('"ext":7'))['ce_ext'], '7');
    assert.equal(recordHeaders(structured('"ext":true'))['ce_ext'], 'true');
    assert.equal(recordHeaders(structured('"ext":-0'))['ce_ext'], '0');
    assert.equal(recordHeaders(structured('"ext":-2147483648'))['ce_ext'], '-2147483648');
    for (const number of ['1.5', '1.0', '1e2', '2147483648', '-2147483649']) {
      assert.throws(() => structured(`"ext":${number}`), refused('EVENT_INVALID_ATTRIBUTE', /"ext"/));
    }
  });

  test('receiver D-30, F-16: a null extension is absent, objects and arrays are refused', () => {
    assert.equal('ce_ext' in recordHeaders(structured('"ext":null')), false);
    assert.equal('ce_ext' in recordHeaders(structured('"ext":"a","ext":null')), false);
    assert.throws(() => structured('"ext":{"a":1}'), refused('EVENT_INVALID_ATTRIBUTE', /"ext" is "\{\\"a\\":1\}"/));
    assert.throws(() => structured('"ext":[]'), refused('EVENT_INVALID_ATTRIBUTE'));
  });

  test('receiver D-31: bad members and bodies are refused', () => {
    for (const name of ['myExt', 'a-b', 'a_b', 'é', '']) {
      assert.throws(() => structured(`"${name}":"1"`), refused('EVENT_INVALID_NAME'));
    }
    const read = (body: string) => () => readHttpEvent(structuredType, Buffer.from(body));
    assert.throws(
      read('{"specversion":"1.0","id":1,"source":"/s","type":"t"}'),
      refused('EVENT_INVALID_ATTRIBUTE', /"id" is "1", expected a JSON string/),
    );
    for (const missing of ['specversion', 'id', 'source', 'type']) {
      const members = Object.entries({ specversion: '1.0', id: '1', source: '/s', type: 't' }).filter(
        ([name]) => name !== missing,
      );
      const message = new RegExp(`"${missing}" is missing`);
      assert.throws(read(JSON.stringify(Object.fromEntries(members))), refused('EVENT_MISSING_ATTRIBUTE', message));
      const withNull = JSON.stringify({ ...Object.fromEntries(members), [missing]: null });
      assert.throws(read(withNull), refused('EVENT_MISSING_ATTRIBUTE', message));
    }
    assert.throws(read(''), refused('EVENT_INVALID_JSON', /empty/));
    assert.throws(read(`[${envelope('')}]`), refused('EVENT_INVALID_JSON', /not a JSON object: unexpected '\['/));
    assert.throws(read('"a"'), refused('EVENT_INVALID_JSON'));
    assert.throws(read(envelope('').slice(0, -1)), refused('EVENT_INVALID_JSON', /ends too early/));
    assert.throws(read(`/* c */${envelope('')}`), refused('EVENT_INVALID_JSON'));
    assert.throws(read(envelope('"data":NaN')), refused('EVENT_INVALID_JSON'));
    assert.throws(read(envelope('"data":01')), refused('EVENT_INVALID_JSON', /unexpected '1'/));
    assert.throws(read(envelope('"a":1,')), refused('EVENT_INVALID_JSON'));
    assert.throws(read(envelope(`"data":${'1'.repeat(1001)}`)), refused('EVENT_INVALID_JSON', /1000 digits/));
    assert.throws(
      read('{"specversion":"1.1","id":"1","source":"/s","type":"t"}'),
      refused('EVENT_UNSUPPORTED_SPECVERSION'),
    );
    assert.throws(read(envelope('"subject":5')), refused('EVENT_INVALID_ATTRIBUTE'));
    assert.throws(read(envelope('"datacontenttype":5')), refused('EVENT_INVALID_ATTRIBUTE'));
  });

  test('receiver D-32, F-16: of equal members the last wins, text behind the object is refused', () => {
    assert.equal(structured('"id":"2"').id, '2');
    assert.equal(structured('"ext":"a","ext":"b"').attribute('ext'), 'b');
    const withBlanks = Buffer.from(` \r\n\t${envelope('')}\n `);
    assert.equal(readHttpEvent(structuredType, withBlanks).id, '1');
    const withGarbage = Buffer.from(`${envelope('')} garbage`);
    assert.throws(() => readHttpEvent(structuredType, withGarbage), refused('EVENT_INVALID_JSON', /goes on after/));
  });

  test('receiver D-33: 0.3 data in base64 is decoded', () => {
    for (const encoding of ['base64', 'Base64']) {
      const event = structured(`"datacontentencoding":"${encoding}","data":"aGk="`, '0.3');
      assert.equal(value(event), 'hi');
      assert.equal(recordHeaders(event)['content-type'], 'application/json');
      assert.equal('ce_datacontentencoding' in recordHeaders(event), false);
    }
    assert.throws(
      () => structured('"datacontentencoding":"base64","data":"%%%"', '0.3'),
      refused('EVENT_INVALID_DATA'),
    );
    assert.equal(value(structured('"datacontentencoding":null,"data":"x","datacontenttype":"text/plain"', '0.3')), 'x');
    assert.equal(value(structured('"data_base64":"aGk="', '0.3')), 'hi');
  });

  for (const name of ['id', 'source', 'type', 'subject', 'dataschema']) {
    test(`receiver D-34, F-16: an empty ${name} is refused`, () => {
      assert.throws(() => binary([`ce-${name}`, '']), refused('EVENT_INVALID_ATTRIBUTE', /is empty/));
      assert.throws(() => structured(`"${name}":""`), refused('EVENT_INVALID_ATTRIBUTE', /is empty/));
    });
  }

  test('receiver 5: empty extensions and content types are kept', () => {
    assert.equal(recordHeaders(binary(['ce-ext', '']))['ce_ext'], '');
    assert.equal(recordHeaders(structured('"ext":""'))['ce_ext'], '');
    assert.equal(recordHeaders(binary(['Content-Type', ''], 'hi'))['content-type'], '');
  });

  test('receiver D-35: a byte order mark and UTF-16 are understood', () => {
    const json = envelope('"subject":"é€😀","data":{"a":"é"}');
    const utf16 = Buffer.from(json, 'utf16le');
    const bodies = {
      'UTF-8 with mark': Buffer.from(`\ufeff${json}`),
      'UTF-16 little endian with mark': Buffer.from(`\ufeff${json}`, 'utf16le'),
      'UTF-16 big endian with mark': Buffer.from(`\ufeff${json}`, 'utf16le').swap16(),
      'UTF-16 little endian': utf16,
      'UTF-16 big endian': Buffer.from(utf16).swap16(),
    };
    for (const [encoding, body] of Object.entries(bodies)) {
      const event = readHttpEvent(structuredType, body);
      assert.equal(event.attribute('subject'), 'é€😀', encoding);
      assert.equal(value(event), '{"a":"é"}', encoding);
    }
    const notUtf8 = Buffer.from(envelope('"ext":"\u00ff"'), 'latin1');
    assert.throws(
      () => readHttpEvent(structuredType, notUtf8),
      refused('EVENT_INVALID_JSON', /neither UTF-8 nor UTF-16/),
    );
  });

  test('receiver D-36: empty base64 is empty data, not absent data', () => {
    const record = toRecord(structured('"data_base64":""'), 'binary');
    assert.notEqual(record.value, null);
    assert.equal(record.value?.length, 0);
  });

  test('receiver F-16: a lone surrogate or NUL in an attribute is refused', () => {
    assert.throws(() => structured('"ext":"\\ud800"'), refused('EVENT_INVALID_ATTRIBUTE', /surrogate/));
    assert.throws(() => structured('"ext":"a\\u0000"'), refused('EVENT_INVALID_ATTRIBUTE', /NUL/));
  });

  test('receiver 5.2: a body of length 0 is no data', () => {
    const event = binary(['Content-Type', 'application/json']);
    assert.equal(event.data, null);
    assert.equal(toRecord(event, 'binary').value, null);
  });
});

suite('receiver 20.3: record and content mode', () => {
  const E = readHttpEvent(
    ['ce-specversion', '1.0', 'ce-id', '1234', 'ce-source', '/hello', 'ce-type', 'type', 'ce-subject', 'subject'],
    Buffer.alloc(0),
  );

  test('receiver C-01: order of headers, null value, null key', () => {
    const record = toRecord(E, 'binary');
    assert.deepEqual(
      record.headers.map(({ name }) => name),
      ['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_subject'],
    );
    assert.equal(record.value, null);
    assert.equal(record.key, null);
  });

  test('receiver C-02 and C-03: the mode that is asked for is the mode of the record', () => {
    assert.deepEqual(toRecord(E, 'structured').headers, [
      { name: 'content-type', value: 'application/cloudevents+json' },
    ]);
    assert.equal(recordHeaders(E, 'binary')['ce_id'], '1234');
  });

  const head = '{"specversion":"1.0","id":"1","source":"/s","type":"t"';

  test('receiver C-04: JSON is copied as it is', () => {
    const event = binary(['Content-Type', 'application/json'], '{"a": 1.10}');
    assert.equal(value(event, 'structured'), `${head},"datacontenttype":"application/json","data":{"a": 1.10}}`);
    const blanks = binary(['Content-Type', 'application/json'], ' { } \n');
    assert.equal(value(blanks, 'structured'), `${head},"datacontenttype":"application/json","data": { } \n}`);
  });

  test('receiver C-05: other data goes as base64', () => {
    const event = binary(['Content-Type', 'application/xml'], '<a/>');
    assert.equal(value(event, 'structured'), `${head},"datacontenttype":"application/xml","data_base64":"PGEvPg=="}`);
  });

  test('receiver C-06, F-17: what is no JSON and has no content type goes as base64', () => {
    assert.equal(value(binary([], 'hello'), 'structured'), `${head},"data_base64":"aGVsbG8="}`);
    assert.equal(value(structured('"data_base64":"aGk="'), 'structured'), `${head},"data_base64":"aGk="}`);
  });

  test('receiver C-07: base64 in 0.3', () => {
    const event = readHttpEvent([...required03, 'Content-Type', 'text/plain'], Buffer.from('aGk='));
    assert.equal(
      value(event, 'structured'),
      '{"specversion":"0.3","id":"1","source":"/s","type":"t","datacontenttype":"text/plain",' +
        '"datacontentencoding":"base64","data":"YUdrPQ=="}',
    );
  });

  test('receiver C-08: no data, no member', () => {
    assert.equal(value(binary([]), 'structured'), `${head}}`);
  });

  test('receiver C-09: the partition key is the key and stays an extension', () => {
    const record = toRecord(binary(['ce-partitionkey', 'abc']), 'binary');
    assert.equal(record.key, 'abc');
    assert.equal(headersOf(record)['ce_partitionkey'], 'abc');
    assert.equal(toRecord(structured('"partitionkey":"é€"'), 'structured').key, 'é€');
    assert.equal(toRecord(binary(['ce-partitionkey', '']), 'binary').key, '', 'empty is not absent');
  });

  test('receiver C-10, F-20: a partition key that is no string is used as text', () => {
    assert.equal(toRecord(structured('"partitionkey":5'), 'binary').key, '5');
    assert.equal(toRecord(structured('"partitionkey":true'), 'structured').key, 'true');
  });

  test('receiver C-11 and C-12: through a record to a request nothing changes, and 0.3 stays 0.3', () => {
    for (const version of ['1.0', '0.3'] as const) {
      const headers = [
        'ce-specversion',
        version,
        'ce-id',
        '1',
        'ce-source',
        '/s',
        'ce-type',
        't',
        'content-type',
        'text/plain',
        version === '1.0' ? 'ce-dataschema' : 'ce-schemaurl',
        '/schema',
        'ce-subject',
        's',
      ];
      const record = toRecord(readHttpEvent(headers, Buffer.from('data-ce-1')), 'binary');
      const consumed = readRecordEvent({
        value: record.value,
        headers: record.headers.map(({ name, value: text }) => ({ name, value: Buffer.from(text) })),
      });
      const request = toHttpRequest(consumed, 'binary');
      assert.deepEqual(request.headers, headers);
      assert.equal(request.body, record.value);
    }
  });

  test('receiver C-13, F-17: JSON that is not UTF-8 goes as base64', () => {
    const event = binary(['Content-Type', 'application/json'], Buffer.from([0x22, 0xff, 0x22]));
    assert.equal(value(event, 'structured'), `${head},"datacontenttype":"application/json","data_base64":"Iv8i"}`);
  });

  test('receiver 6.2, F-18: vendor types and upper case are JSON', () => {
    for (const contentType of ['application/vnd.api+json', 'Application/JSON']) {
      const event = binary(['Content-Type', contentType], '{}');
      assert.equal(value(event, 'structured'), `${head},"datacontenttype":"${contentType}","data":{}}`);
    }
  });

  test('receiver 6.2: text that came as JSON leaves as base64, null as null', () => {
    const text = structured('"datacontenttype":"text/plain","data":"hi"');
    assert.equal(value(text, 'structured'), `${head},"datacontenttype":"text/plain","data_base64":"aGk="}`);
    assert.equal(
      value(structured('"data":null'), 'structured'),
      `${head},"datacontenttype":"application/json","data":null}`,
    );
  });

  test('receiver 6.2: extensions keep their JSON type, strings stay strings', () => {
    assert.equal(value(structured('"n":7,"b":false'), 'structured'), `${head},"n":7,"b":false}`);
    assert.equal(value(binary(['ce-n', '7']), 'structured'), `${head},"n":"7"}`);
  });

  test('receiver 6.2: characters beyond U+FFFF are written as two escapes', () => {
    const event = structured('"subject":"é€😀","ext":"\\u0001\\n</a>"');
    assert.equal(value(event, 'structured'), `${head},"subject":"é€\\uD83D\\uDE00","ext":"\\u0001\\n</a>"}`);
  });

  test('receiver F-17: an extension named data makes no second member, the record is binary', () => {
    const event = binary(['Content-Type', 'application/json', 'ce-data', 'v'], '{}');
    const record = toRecord(event, 'structured');
    assert.equal(headersOf(record)['ce_data'], 'v');
    assert.equal(record.value?.toString(), '{}');
  });

  test('receiver F-16: data of a CloudEvents media type makes a structured record, which readers understand', () => {
    const event = structured('"datacontenttype":"application/cloudevents+json","data":{"specversion":"1.0"}');
    assert.deepEqual(toRecord(event, 'binary').headers, [
      { name: 'content-type', value: 'application/cloudevents+json' },
    ]);
  });
});
