/** The rows from D-22 of receiver.md 20.2, by their numbers, and the odd cases of section 5: structured mode and data. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  binary,
  envelope,
  recordHeaders,
  refused,
  structured,
  structuredType,
  value,
} from '../testing/received-events.ts';
import { readHttpEvent, toRecord } from './index.ts';

suite('receiver 20.2: decoding, JSON and data', () => {
  const jsonData = [
    ['receiver 20.2 D-22', '{"b":1.10,"a": [1, 2]}'],
    ['receiver 20.2 D-23', 'null'],
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
    test(`${row}: JSON data ${json} keeps its bytes (differs: number forms and blanks stay, F-18)`, () => {
      const event = structured(`"data": ${json} `);
      assert.equal(value(event), json);
      assert.equal(recordHeaders(event)['content-type'], 'application/json');
    });
  }

  test('receiver 20.2 D-24: text data is the text', () => {
    const event = structured('"datacontenttype":"text/plain","data":"h\\u0069 €"');
    assert.equal(value(event), 'hi €');
    assert.equal(recordHeaders(event)['content-type'], 'text/plain');
    assert.equal(value(structured('"data":"hi","datacontenttype":"text/plain"')), 'hi', 'the type may follow');
    assert.equal(toRecord(structured('"datacontenttype":"text/plain","data":""'), 'binary').value?.length, 0);
    assert.equal(value(structured('"datacontenttype":"","data":"hi"')), 'hi', 'an empty type is not JSON');
  });

  for (const [row, members] of [
    ['receiver 20.2 D-25', '"datacontenttype":"text/plain","data":{}'],
    ['receiver 20.2 D-37', '"datacontenttype":"text/xml","data":null'],
    ['a number as XML', '"datacontenttype":"text/xml","data":5'],
    ['a lone surrogate in text', '"datacontenttype":"text/plain","data":"\\ud800"'],
    ['receiver 20.2 D-28', '"data":"a","data_base64":"aGk="'],
    ['receiver 5.3: one of the two null', '"data":null,"data_base64":"aGk="'],
    ['receiver 20.2 D-36: no padding', '"data_base64":"aGk"'],
    ['receiver 20.2 D-36: null', '"data_base64":null'],
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
    test(`receiver 20.2 D-26: ${contentType} is JSON (differs: any +json type is, F-18)`, () => {
      assert.equal(value(structured(`"datacontenttype":"${contentType}","data":{}`)), '{}');
    });
  }

  test('receiver 20.2 D-27: base64 data without a content type gets none', () => {
    const event = structured('"data_base64":"aGk="');
    assert.equal(value(event), 'hi');
    assert.equal('content-type' in recordHeaders(event), false);
  });

  test('receiver 20.2 D-29: integers and booleans are kept, fractions and larger integers refused', () => {
    assert.equal(structured('"ext":7').attribute('ext'), 7);
    assert.equal(recordHeaders(structured('"ext":7'))['ce_ext'], '7');
    assert.equal(recordHeaders(structured('"ext":true'))['ce_ext'], 'true');
    assert.equal(recordHeaders(structured('"ext":-0'))['ce_ext'], '0');
    assert.equal(recordHeaders(structured('"ext":-2147483648'))['ce_ext'], '-2147483648');
    for (const number of ['1.5', '1.0', '1e2', '2147483648', '-2147483649']) {
      const message = new RegExp(`"ext" is ${number.replace('.', '\\.')}, expected an integer`);
      assert.throws(() => structured(`"ext":${number}`), refused('EVENT_INVALID_ATTRIBUTE', message));
    }
  });

  test('receiver 20.2 D-30: a null extension is absent, objects and arrays are refused (differs: as the JSON format has it, F-16)', () => {
    assert.equal('ce_ext' in recordHeaders(structured('"ext":null')), false);
    assert.equal('ce_ext' in recordHeaders(structured('"ext":"a","ext":null')), false);
    assert.throws(
      () => structured('"ext":{"a":1}'),
      refused('EVENT_INVALID_ATTRIBUTE', /"ext" is \{"a":1\}, expected/),
    );
    assert.throws(() => structured('"ext":[]'), refused('EVENT_INVALID_ATTRIBUTE'));
  });

  test('receiver 20.2 D-31: bad members and bodies are refused', () => {
    for (const name of ['myExt', 'a-b', 'a_b', 'é', '']) {
      assert.throws(() => structured(`"${name}":"1"`), refused('EVENT_INVALID_NAME'));
    }
    const read = (body: string) => () => readHttpEvent(structuredType, Buffer.from(body));
    assert.throws(
      read('{"specversion":"1.0","id":1,"source":"/s","type":"t"}'),
      refused('EVENT_INVALID_ATTRIBUTE', /"id" is 1, expected a JSON string/),
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

  test('receiver 20.2 D-32: of equal members the last wins, text behind the object is refused (differs: it is no JSON, F-16)', () => {
    assert.equal(structured('"id":"2"').id, '2');
    assert.equal(structured('"ext":"a","ext":"b"').attribute('ext'), 'b');
    const withBlanks = Buffer.from(` \r\n\t${envelope('')}\n `);
    assert.equal(readHttpEvent(structuredType, withBlanks).id, '1');
    const withGarbage = Buffer.from(`${envelope('')} garbage`);
    assert.throws(() => readHttpEvent(structuredType, withGarbage), refused('EVENT_INVALID_JSON', /goes on after/));
  });

  test('receiver 20.2 D-33: 0.3 data in base64 is decoded', () => {
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
    test(`receiver 20.2 D-34: an empty ${name} is refused (differs: CloudEvents asks for a value, F-16)`, () => {
      assert.throws(() => binary([`ce-${name}`, '']), refused('EVENT_INVALID_ATTRIBUTE', /is empty/));
      assert.throws(() => structured(`"${name}":""`), refused('EVENT_INVALID_ATTRIBUTE', /is empty/));
    });
  }

  test('receiver 5: empty extensions and content types are kept', () => {
    assert.equal(recordHeaders(binary(['ce-ext', '']))['ce_ext'], '');
    assert.equal(recordHeaders(structured('"ext":""'))['ce_ext'], '');
    assert.equal(recordHeaders(binary(['Content-Type', ''], 'hi'))['content-type'], '');
  });

  test('receiver 20.2 D-35: a byte order mark and UTF-16 are understood', () => {
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

  test('receiver 20.2 D-36: empty base64 is empty data, not absent data', () => {
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
