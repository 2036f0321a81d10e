/** The rows of receiver.md 20.3, by their numbers, and the odd cases of section 6: record and content mode. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { binary, headersOf, recordHeaders, required03, structured, value } from '../testing/received-events.ts';
import { readHttpEvent, readRecordEvent, toHttpRequest, toRecord } from './index.ts';

suite('receiver 20.3: record and content mode', () => {
  const E = readHttpEvent(
    ['ce-specversion', '1.0', 'ce-id', '1234', 'ce-source', '/hello', 'ce-type', 'type', 'ce-subject', 'subject'],
    Buffer.alloc(0),
  );

  test('receiver 20.3 C-01: order of headers, null value, null key', () => {
    const record = toRecord(E, 'binary');
    assert.deepEqual(
      record.headers.map(({ name }) => name),
      ['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_subject'],
    );
    assert.equal(record.value, null);
    assert.equal(record.key, null);
  });

  test('receiver 20.3 C-02, receiver 20.3 C-03: the mode that is asked for is the mode of the record', () => {
    assert.deepEqual(toRecord(E, 'structured').headers, [
      { name: 'content-type', value: 'application/cloudevents+json' },
    ]);
    assert.equal(recordHeaders(E, 'binary')['ce_id'], '1234');
  });

  const head = '{"specversion":"1.0","id":"1","source":"/s","type":"t"';

  test('receiver 20.3 C-04: JSON is copied as it is', () => {
    const event = binary(['Content-Type', 'application/json'], '{"a": 1.10}');
    assert.equal(value(event, 'structured'), `${head},"datacontenttype":"application/json","data":{"a": 1.10}}`);
    const blanks = binary(['Content-Type', 'application/json'], ' { } \n');
    assert.equal(value(blanks, 'structured'), `${head},"datacontenttype":"application/json","data": { } \n}`);
  });

  test('receiver 20.3 C-05: other data goes as base64', () => {
    const event = binary(['Content-Type', 'application/xml'], '<a/>');
    assert.equal(value(event, 'structured'), `${head},"datacontenttype":"application/xml","data_base64":"PGEvPg=="}`);
  });

  test('receiver 20.3 C-06: what is no JSON and has no content type goes as base64 (differs: raw it would be no JSON, F-17)', () => {
    assert.equal(value(binary([], 'hello'), 'structured'), `${head},"data_base64":"aGVsbG8="}`);
    assert.equal(value(structured('"data_base64":"aGk="'), 'structured'), `${head},"data_base64":"aGk="}`);
  });

  test('receiver 20.3 C-07: base64 in 0.3', () => {
    const event = readHttpEvent([...required03, 'Content-Type', 'text/plain'], Buffer.from('aGk='));
    assert.equal(
      value(event, 'structured'),
      '{"specversion":"0.3","id":"1","source":"/s","type":"t","datacontenttype":"text/plain",' +
        '"datacontentencoding":"base64","data":"YUdrPQ=="}',
    );
  });

  test('receiver 20.3 C-08: no data, no member', () => {
    assert.equal(value(binary([]), 'structured'), `${head}}`);
  });

  test('receiver 20.3 C-09: the partition key is the key and stays an extension', () => {
    const record = toRecord(binary(['ce-partitionkey', 'abc']), 'binary');
    assert.equal(record.key, 'abc');
    assert.equal(headersOf(record)['ce_partitionkey'], 'abc');
    assert.equal(toRecord(structured('"partitionkey":"é€"'), 'structured').key, 'é€');
    assert.equal(toRecord(binary(['ce-partitionkey', '']), 'binary').key, '', 'empty is not absent');
  });

  test('receiver 20.3 C-10: a partition key that is no string is used as text (differs: 503 would be repeated for ever, F-20)', () => {
    assert.equal(toRecord(structured('"partitionkey":5'), 'binary').key, '5');
    assert.equal(toRecord(structured('"partitionkey":true'), 'structured').key, 'true');
  });

  test('receiver 20.3 C-11, receiver 20.3 C-12: through a record to a request nothing changes, and 0.3 stays 0.3', () => {
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

  test('receiver 20.3 C-13: JSON that is not UTF-8 goes as base64 (differs: no byte is lost, F-17)', () => {
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
