/** Records of a KafkaSource that are no events: rows K of dispatcher.md 21 about wrapping, and clause 6. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { body, sent, type Headers } from '../testing/consumed-events.ts';
import { wrapRecord, type EventView, type RecordKeyType, type RecordToWrap } from './index.ts';

interface Given {
  readonly key?: string | Buffer;
  readonly headers?: Headers;
  readonly value?: string | null;
  readonly timestampMs?: number;
  readonly keyType?: RecordKeyType;
}

function wrapped({ key, headers = [], value = 'x', timestampMs = 0, keyType = 'string' }: Given): EventView {
  const bytes = (text: string | Buffer | null): Buffer | null => (typeof text === 'string' ? Buffer.from(text) : text);
  const record: RecordToWrap = {
    topic: 't1',
    partition: 0,
    offset: 0,
    timestampMs,
    key: bytes(key ?? null),
    value: bytes(value),
    headers: headers.map(([name, text]) => ({ name, value: bytes(text) })),
  };
  return wrapRecord(record, { namespace: 'ns', name: 'ks', keyType });
}

/** What every wrapping event carries. */
const always = {
  'ce-specversion': '1.0',
  'ce-id': 'partition:0/offset:0',
  'ce-source': '/apis/v1/namespaces/ns/kafkasources/ks#t1',
  'ce-type': 'dev.knative.kafka.event',
  'ce-subject': 'partition:0#0',
  'ce-time': '1970-01-01T00:00:00Z',
};

describe('a record that is wrapped', () => {
  test('dispatcher 21 K3 tells where it lay, its key and its headers', () => {
    const event = wrapped({ key: '0', headers: [['content-type', 'application/json']], value: '{"value":5}' });
    assert.deepEqual(sent(event), {
      ...always,
      'content-type': 'application/json',
      'ce-partitionkey': '0',
      'ce-key': '0',
    });
    assert.equal(body(event), '{"value":5}');
  });

  test('dispatcher 21 K4 without headers has no content type, and without a key no key', () => {
    assert.deepEqual(sent(wrapped({ key: '0' })), { ...always, 'ce-partitionkey': '0', 'ce-key': '0' });
    assert.deepEqual(sent(wrapped({})), always);
  });

  test('dispatcher 21 K5 has further headers as extensions', () => {
    const headers: Headers = [
      ['content-type', 'text/plain'],
      ['foo', 'bar'],
    ];
    const event = wrapped({ headers, value: 'simple 10' });
    assert.deepEqual(sent(event), { ...always, 'content-type': 'text/plain', 'ce-kafkaheaderfoo': 'bar' });
    assert.equal(body(event), 'simple 10');
  });

  test('has headers of any name: what no extension may be called is left out of it, and the last of equal ones counts', () => {
    const headers: Headers = [
      ['X-My_Header', '1'],
      ['CONTENT-TYPE', 'Text/Plain'],
      ['é', '2'],
      ['bin', Buffer.from([0xff, 0x61])],
      ['dup', '1'],
      ['dup', '2'],
      ['nothing', null],
    ];
    assert.deepEqual(sent(wrapped({ headers })), {
      ...always,
      'content-type': 'text/plain',
      'ce-kafkaheaderxmyheader': '1',
      'ce-kafkaheader': '2',
      'ce-kafkaheaderbin': '%EF%BF%BDa',
      'ce-kafkaheaderdup': '2',
      'ce-kafkaheadernothing': '',
    });
  });

  test('dispatcher 21 K8 without a value has no data', () => {
    const event = wrapped({ value: null });
    assert.deepEqual([sent(event), event.data], [always, null]);
  });

  for (const [name, keyType, key, text] of [
    ['dispatcher 21 K7 a text', 'string', 'a', 'a'],
    ['dispatcher 21 K7 an integer', 'integer', Buffer.from([0, 0, 0, 4]), '4'],
    ['dispatcher 21 K7 a negative integer', 'integer', Buffer.from([255, 255, 255, 254]), '-2'],
    ['dispatcher 21 K7 bytes', 'byte-array', Buffer.from([1, 2, 3, 4]), 'AQIDBA=='],
    ['dispatcher 21 K7 nothing', 'string', undefined, undefined],
    ['dispatcher 21 K9 three bytes where an integer was expected', 'integer', 'abc', 'abc'],
    ['dispatcher 21 K9 a double', 'double', Buffer.from('3ff8000000000000', 'hex'), '1.5'],
    ['dispatcher 21 K9 a double that is whole', 'double', Buffer.from('4000000000000000', 'hex'), '2.0'],
    ['dispatcher 21 K9 a float', 'double', Buffer.from('3dcccccd', 'hex'), '0.1'],
    ['dispatcher 21 K9 five bytes where a double was expected', 'double', 'hello', 'hello'],
    ['dispatcher 21 K9 empty bytes', 'byte-array', Buffer.alloc(0), undefined],
    ['dispatcher 21 K9 an empty text', 'string', '', undefined],
    ['dispatcher 21 K80 control characters', 'string', Buffer.from([1, 2, 3]), '%01%02%03'],
    ['a line break', 'string', 'k\nl', 'k%0Al'],
  ] as const) {
    test(`${name}: the key is sent as ${text ?? 'nothing'}`, () => {
      const headers = sent(wrapped({ keyType, ...(key === undefined ? {} : { key }) }));
      assert.deepEqual([headers['ce-key'], headers['ce-partitionkey']], [text, text]);
    });
  }

  test('has the time of the record to the millisecond, and none where the record has none', () => {
    assert.equal(sent(wrapped({ timestampMs: 1_700_000_000_070 }))['ce-time'], '2023-11-14T22:13:20.07Z');
    assert.equal(sent(wrapped({ timestampMs: 1_700_000_000_000 }))['ce-time'], '2023-11-14T22:13:20Z');
    assert.equal(sent(wrapped({ timestampMs: -1 }))['ce-time'], undefined);
  });
});
