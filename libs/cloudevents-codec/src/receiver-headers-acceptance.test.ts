/** The rows D-01 to D-21 of receiver.md 20.2, by their numbers, and the odd cases of section 5: content types and headers. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  binary,
  envelope,
  headersOf,
  recordHeaders,
  refused,
  required,
  required03,
  structured,
  structuredType,
  value,
} from '../testing/received-events.ts';
import { readHttpEvent, readHttpEvents, toRecord } from './index.ts';

suite('receiver 20.2: decoding, content types and headers', () => {
  test('receiver 20.2 D-01: text without a content type is no event', () => {
    assert.throws(() => readHttpEvent([], Buffer.from('this is not a cloud event')), refused('EVENT_NOT_AN_EVENT'));
  });

  test('receiver 20.2 D-02: an event in application/json is no event', () => {
    const body = Buffer.from('{"specversion":"1.0","type":"t","source":"/s","data":{}}');
    assert.throws(() => readHttpEvent(['Content-Type', 'application/json'], body), refused('EVENT_NOT_AN_EVENT'));
  });

  test('receiver 20.2 D-03: an event of version 0.3 stays one', () => {
    const event = readHttpEvent([...required03, 'ce-subject', 'subject'], Buffer.alloc(0));
    assert.equal(recordHeaders(event)['ce_specversion'], '0.3');
  });

  for (const contentType of ['application/xml', 'application/json']) {
    test(`receiver 20.2 D-04: content type ${contentType} and body pass as sent`, () => {
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

  test('receiver 20.2 D-05, receiver 6.3: the worked example (differs: its data is kept byte for byte)', () => {
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

  test('receiver 20.2 D-06: version 19.0 is refused', () => {
    const headers = ['ce-specversion', '19.0', ...required.slice(2)];
    assert.throws(
      () => readHttpEvent(headers, Buffer.alloc(0)),
      refused('EVENT_UNSUPPORTED_SPECVERSION', /"ce-specversion" is "19.0", expected "1.0" or "0.3"/),
    );
  });

  test('receiver 20.2 D-07: attributes without a specversion are refused', () => {
    assert.throws(
      () => readHttpEvent(required.slice(2), Buffer.from('{}')),
      refused('EVENT_MISSING_ATTRIBUTE', /"ce-specversion" is missing/),
    );
  });

  test('receiver 20.2 D-08: no content type makes no content type', () => {
    const record = toRecord(binary([], '{}'), 'binary');
    assert.equal('content-type' in headersOf(record), false);
    assert.equal(record.value?.toString(), '{}');
  });

  for (const missing of ['id', 'source', 'type']) {
    test(`receiver 20.2 D-09: a missing ce-${missing} is refused by name`, () => {
      const at = required.indexOf(`ce-${missing}`);
      const headers = required.toSpliced(at, 2);
      assert.throws(
        () => readHttpEvent(headers, Buffer.alloc(0)),
        refused('EVENT_MISSING_ATTRIBUTE', new RegExp(`"ce-${missing}" is missing`)),
      );
    });
  }

  test('receiver 20.2 D-10: an empty batch is refused, and where one event is expected any batch', () => {
    for (const headers of [[], required]) {
      const all = ['Content-Type', 'application/cloudevents-batch+json', ...headers];
      assert.throws(() => readHttpEvent(all, Buffer.from('[]')), refused('EVENT_UNSUPPORTED_BATCH'));
      assert.throws(() => readHttpEvents(all, Buffer.from('[]')), refused('EVENT_EMPTY_BATCH'));
    }
  });

  const structuredTypes = [
    ['receiver 20.2 D-11', 'application/cloudevents+json; charset=utf-8'],
    ['receiver 20.2 D-12', 'Application/CloudEvents+JSON'],
    ['receiver 5.1: blank before the semicolon', 'application/cloudevents+json ;charset=utf-8'],
    ['receiver 5.1: a parameter with a semicolon', 'application/cloudevents+json; foo="a;b"'],
    ['receiver 5.1: another charset, which has no say', 'application/cloudevents+json; charset=iso-8859-1'],
    ['receiver 5.1: an empty parameter', 'application/cloudevents+json;'],
    ['receiver 5.1: a trailing blank', 'application/cloudevents+json  '],
  ] as const;
  for (const [row, contentType] of structuredTypes) {
    test(`${row}: "${contentType}" is structured mode${contentType.startsWith('A') ? ' (differs: media types are compared without case)' : ''}`, () => {
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

  test('receiver 20.2 D-13: in structured mode the body wins over ce- headers, even bad ones', () => {
    const event = readHttpEvent(['ce-id', 'head', 'ce-my-ext', 'x', ...structuredType], Buffer.from(envelope('')));
    assert.equal(event.id, '1');
  });

  test('receiver 20.2 D-14: names are lower-cased', () => {
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
    test(`receiver 20.2 D-15: the name ${header} is refused`, () => {
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

  test('receiver 20.2 D-16: time is what came (differs: a broker passes its text on, dispatcher.md 6 T)', () => {
    const time = '2020-07-06T09:23:12.1200+00:00';
    assert.equal(recordHeaders(binary(['ce-time', time]))['ce_time'], time);
    assert.equal(recordHeaders(structured(`"time":"${time}"`))['ce_time'], time);
  });

  for (const time of ['yesterday', '2020-07-06T09:23:12', '']) {
    test(`receiver 20.2 D-17: the time "${time}" is refused`, () => {
      assert.throws(() => binary(['ce-time', time]), refused('EVENT_INVALID_ATTRIBUTE', /ce-time/));
      assert.throws(() => structured(`"time":"${time}"`), refused('EVENT_INVALID_ATTRIBUTE', /member "time"/));
    });
  }

  test('receiver 20.2 D-18: a source that is no URI reference is refused', () => {
    const headers = ['ce-specversion', '1.0', 'ce-id', '1', 'ce-type', 't', 'ce-source', 'a b'];
    assert.throws(
      () => readHttpEvent(headers, Buffer.alloc(0)),
      refused('EVENT_INVALID_ATTRIBUTE', /"ce-source" is "a b", expected a URI reference/),
    );
    assert.throws(() => binary(['ce-dataschema', 'a b']), refused('EVENT_INVALID_ATTRIBUTE'));
  });

  test('receiver 20.2 D-19: header values are percent-decoded once (differs: as the HTTP binding has it, F-16)', () => {
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

  test('receiver 20.2 D-20: of Content-Type and ce-datacontenttype the later wins', () => {
    const later = binary(['Content-Type', 'application/json', 'ce-datacontenttype', 'text/plain'], 'x');
    assert.equal(recordHeaders(later)['content-type'], 'text/plain');
    assert.equal('ce_datacontenttype' in recordHeaders(later), false);
    const earlier = binary(['ce-datacontenttype', 'text/plain', 'Content-Type', 'application/json'], 'x');
    assert.equal(recordHeaders(earlier)['content-type'], 'application/json');
  });

  test('receiver 20.2 D-21: in 0.3 base64 as datacontentencoding of a binary event is dropped, the body kept', () => {
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
});
