import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { envelope, refused, required, value } from '../testing/received-events.ts';
import { readHttpEvent, readHttpEvents } from './index.ts';
import type { CodecErrorCode, EventView } from './index.ts';

const batchType = ['Content-Type', 'application/cloudevents-batch+json'];

function batch(text: string | Buffer, headers: readonly string[] = batchType): readonly EventView[] {
  const events = readHttpEvents(headers, Buffer.from(text));
  assert.ok(Array.isArray(events), 'expected a batch');
  return events as readonly EventView[];
}

suite('a batch', () => {
  test('is its events, in order, each with the bytes of its data', () => {
    const events = batch(` [ ${envelope('"data": {"b":1.10}')} ,\n${envelope('"n":7,"data_base64":"aGk="')} ] `);
    assert.deepEqual(
      events.map((event) => value(event)),
      ['{"b":1.10}', 'hi'],
    );
    assert.equal(events[1]?.attribute('n'), 7);
  });

  for (const [name, contentType] of [
    ['in any case', 'Application/CloudEvents-Batch+JSON'],
    ['with a parameter', 'application/cloudevents-batch+json; charset=utf-8'],
  ] as const) {
    test(`is known by its media type ${name}`, () => {
      assert.equal(batch(`[${envelope('')}]`, ['content-type', contentType]).length, 1);
    });
  }

  test('pays no heed to ce- headers, nor to its encoding', () => {
    assert.equal(batch(`[${envelope('')}]`, [...required, 'ce-my-ext', 'x', ...batchType])[0]?.id, '1');
    assert.equal(batch(Buffer.from(`\ufeff[${envelope('"subject":"é"')}]`, 'utf16le'))[0]?.attribute('subject'), 'é');
  });

  for (const [text, code, reason] of [
    ['', 'EVENT_INVALID_JSON', /^the body is empty, expected a JSON array$/],
    ['[]', 'EVENT_EMPTY_BATCH', /^the batch holds no event/],
    [' [ \n] ', 'EVENT_EMPTY_BATCH', /^the batch holds no event/],
    [envelope(''), 'EVENT_INVALID_JSON', /^the body is not a JSON array: unexpected '\{' at byte 0$/],
    [`[${envelope('')}`, 'EVENT_INVALID_JSON', /^the batch is not JSON from event 1 on: it ends too early/],
    [`[${envelope('')},]`, 'EVENT_INVALID_JSON', /^the batch is not JSON from event 1 on: unexpected ']'/],
    [`[${envelope('')}]x`, 'EVENT_INVALID_JSON', /goes on after its JSON array/],
    [`[${envelope('')},5]`, 'EVENT_INVALID_JSON', /^event 1 of the batch: it is not a JSON object: unexpected '5'/],
    [`[${envelope('')},[${envelope('')}]]`, 'EVENT_INVALID_JSON', /^event 1 of the batch: it is not a JSON object/],
    [`[${envelope('"my-ext":"x"')}]`, 'EVENT_INVALID_NAME', /^event 0 of the batch: .*my-ext/],
    [
      `[${envelope('')},${envelope('')},{"specversion":"1.0","source":"/s","type":"t"}]`,
      'EVENT_MISSING_ATTRIBUTE',
      /^event 2 of the batch: member "id" is missing/,
    ],
  ] as const satisfies readonly (readonly [string, CodecErrorCode, RegExp])[]) {
    test(`is refused whole, by name and index, when it is ${text.slice(0, 90)}`, () => {
      assert.throws(() => readHttpEvents(batchType, Buffer.from(text)), refused(code, reason));
    });
  }

  test('is refused where one event is expected', () => {
    assert.throws(() => readHttpEvent(batchType, Buffer.from(`[${envelope('')}]`)), refused('EVENT_UNSUPPORTED_BATCH'));
  });

  test('never fails but with a reason, whatever the bytes', () => {
    const pieces = fc.constantFrom('[', ']', '{', '}', ',', ':', '"', '\\', 'null', '1', ' ', '\u00e9', envelope(''));
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        try {
          assert.ok(batch(`[${parts.join('')}`).length > 0);
        } catch (error) {
          refused((error as { code: CodecErrorCode }).code)(error);
        }
      }),
    );
  });
});

test('a request that is no batch is read as one event', () => {
  assert.equal((readHttpEvents(required, Buffer.from('x')) as EventView).id, '1');
});
