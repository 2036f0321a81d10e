/** The rows of dispatcher.md 21 about requests (section 8) and the changes that events go through before (2 and 11). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { binary, body, sent, structured, undecodable } from '../testing/consumed-events.ts';
import { readHttpEvent, toHttpRequest, toSpecVersion1, withExtensions } from './index.ts';

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

  test('dispatcher 21 K80: T: control characters are percent-encoded', () => {
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
  test('dispatcher 21 X1 extensions are added and replaced, the event itself stays', () => {
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

  test('dispatcher 21 X3 names of context attributes and illegal names are refused', () => {
    for (const name of ['id', 'type', 'datacontenttype', 'dataschema', 'schemaurl', 'My-Ext', 'MyExt', '']) {
      assert.throws(() => withExtensions(binary(), { [name]: 'x' }), undecodable('EVENT_INVALID_NAME'), name);
    }
    for (const number of [1.5, Number.NaN, 2 ** 60]) {
      assert.throws(() => withExtensions(binary(), { a: number }), undecodable('EVENT_INVALID_ATTRIBUTE'));
    }
  });

  test('dispatcher 21 D25 extensions are taken away with undefined', () => {
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

  test('a dead letter of a 0.3 event is one of 1.0', () => {
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
