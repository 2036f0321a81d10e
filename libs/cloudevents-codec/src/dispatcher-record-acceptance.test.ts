/** The rows of dispatcher.md 21 about reading records (section 6). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  binary,
  body,
  context,
  record,
  sent,
  structured,
  undecodable,
  type Headers,
} from '../testing/consumed-events.ts';

suite('dispatcher 6: record to event', () => {
  test('dispatcher 21 K1 binary and structured encodings of one event are equal events', () => {
    const one = binary({ subject: 's' }, [['content-type', 'text/plain']], 'hi');
    const other = structured({ subject: 's', datacontenttype: 'text/plain', data: 'hi' });
    assert.deepEqual([...one.attributes()], [...other.attributes()]);
    assert.deepEqual(one.data, other.data);
  });

  test('dispatcher 21 K2 another header and bytes are no event', () => {
    assert.throws(() => record([['knative', 'knative']], Buffer.from([1, 4])), undecodable('EVENT_NOT_AN_EVENT'));
    assert.throws(() => record([], JSON.stringify(context)), undecodable('EVENT_NOT_AN_EVENT'));
  });

  test('dispatcher 21 K8 a null or empty value with headers is an event without data', () => {
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

  test('dispatcher 21 K45: T: object data of a vendor +json type is kept', () => {
    const event = structured({ datacontenttype: 'application/vnd.x+json', data: 5 });
    assert.equal(body(event), '5');
    assert.equal(sent(event)['content-type'], 'application/vnd.x+json');
    for (const type of ['Application/JSON', 'application/a1+json', 'application/ld+json;x=y']) {
      assert.equal(body(structured({ datacontenttype: type, data: { a: 1 } })), '{"a":1}');
    }
  });

  test('dispatcher 21 K66: T: a header with a null value counts as absent', () => {
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
