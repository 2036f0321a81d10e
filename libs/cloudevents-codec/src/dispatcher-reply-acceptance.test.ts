/** The rows of dispatcher.md 21 about replies (section 12). */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { context, undecodable } from '../testing/consumed-events.ts';
import { readHttpResponseEvent, toRecord } from './index.ts';

suite('dispatcher 12: replies', () => {
  const reply = ['ce-specversion', '1.0', 'ce-id', 'rep', 'ce-source', '/r', 'ce-type', 'reply'];
  const empty = Buffer.alloc(0);

  for (const [row, headers, text] of [
    ['dispatcher 21 P1 nothing', [], ''],
    ['dispatcher 21 P1 a content type only', ['content-type', 'application/json'], ''],
    ['a structured content type without a body', ['content-type', 'application/cloudevents+json'], ''],
    ['a batch content type without a body', ['content-type', 'application/cloudevents-batch+json'], ''],
    ['dispatcher 21 P2: T: a text', [], 'a'],
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

  test('dispatcher 21 P3 a structured reply, with typed extensions and base64', () => {
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

  test('dispatcher 21 P4 the partition key of a binary reply is the key, also when empty', () => {
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
