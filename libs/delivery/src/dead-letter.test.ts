import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deadLetterExtensions } from './dead-letter.ts';

const destination = 'http://subscriber.example/path';
const failed = (
  statusCode: number,
  headers: readonly string[],
  body = '',
): Parameters<typeof deadLetterExtensions>[0] => ({
  destination,
  response: { statusCode, headers, body: Buffer.from(body) },
});

describe('dead letter extensions', () => {
  test('dispatcher 21 D9 without a response: only the destination', () => {
    assert.deepEqual(deadLetterExtensions({ destination }), {
      set: { knativeerrordest: destination },
      remove: ['knativeerrorcode', 'knativeerrordata'],
    });
  });

  test('dispatcher 21 D10 with a response: code and body', () => {
    const body = '{ "message": "bad bad things happened" }';
    assert.deepEqual(deadLetterExtensions(failed(422, [], body)), {
      set: {
        knativeerrordest: destination,
        knativeerrorcode: '422',
        knativeerrordata: Buffer.from(body).toString('base64'),
      },
      remove: [],
    });
  });

  test('dispatcher 21 D11 kne- headers become extensions, others do not', () => {
    const { set } = deadLetterExtensions(failed(500, ['Kne-TestError', 'hello', 'something', 'nope']));
    assert.deepEqual(set, { testerror: 'hello', knativeerrorcode: '500', knativeerrordest: destination });
  });

  test('dispatcher 21 D12: T: names that are no extension names or context attributes are dropped', () => {
    const headers = [
      'kne-foo-bar',
      'x',
      'kne-id',
      'y',
      'KNE-Ok1',
      'z',
      'kne-',
      'e',
      'kne-data',
      'd',
      `kne-${'a'.repeat(21)}`,
      'l',
    ];
    const { set } = deadLetterExtensions(failed(500, headers));
    assert.deepEqual(set, { ok1: 'z', knativeerrorcode: '500', knativeerrordest: destination });
  });

  test('dispatcher 21 D25: T: without a response, what tells of an earlier failure is removed', () => {
    assert.deepEqual(deadLetterExtensions({ destination }).remove, ['knativeerrorcode', 'knativeerrordata']);
  });

  test('T data of an earlier failure is removed when this response has no body', () => {
    assert.deepEqual(deadLetterExtensions(failed(500, [])).remove, ['knativeerrordata']);
  });

  test('T the reserved names cannot be set by a subscriber', () => {
    const headers = ['kne-knativeerrorcode', '1', 'kne-knativeerrordest', '2', 'kne-knativeerrordata', '3'];
    assert.deepEqual(deadLetterExtensions(failed(500, headers)), {
      set: { knativeerrorcode: '500', knativeerrordest: destination },
      remove: ['knativeerrordata'],
    });
  });

  test('of equal names the last wins, and an empty value is kept', () => {
    const { set } = deadLetterExtensions(failed(500, ['kne-a', '1', 'KNE-A', '2', 'kne-b', '']));
    assert.equal(set['a'], '2');
    assert.equal(set['b'], '');
  });

  test('data is the first 1024 bytes, 1368 characters of base64', () => {
    const data = deadLetterExtensions(failed(500, [], 'ä'.repeat(1000))).set['knativeerrordata'] ?? '';
    assert.equal(data.length, 1368);
    assert.deepEqual(Buffer.from(data, 'base64'), Buffer.from('ä'.repeat(512)));
  });

  test('names that objects have by nature are ordinary extensions', () => {
    assert.equal(deadLetterExtensions(failed(500, ['kne-constructor', 'x'])).set['constructor'], 'x');
  });
});
