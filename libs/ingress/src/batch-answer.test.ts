import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decideBatchRefusal, type EventOutcome } from './batch-answer.ts';

describe('the answer to a batch', () => {
  test('is no refusal when all events were accepted', () => {
    assert.equal(decideBatchRefusal(['a', 'b'], ['accepted', 'accepted']), undefined);
  });

  for (const [outcomes, statusCode, reason, retryAfterSeconds] of [
    [['accepted', 'kafka-timeout'], 503, 'kafka-timeout', 5],
    [['kafka-timeout', 'unknown-topic'], 503, 'kafka-timeout', 10],
    [['accepted', 'record-too-large'], 413, 'record-too-large', undefined],
    [['record-too-large', 'record-too-large'], 413, 'record-too-large', undefined],
    [['record-too-large', 'kafka-queue-full', 'accepted'], 503, 'kafka-queue-full', 1],
    [['record-too-large', 'invalid-event'], 503, 'record-too-large', undefined],
    [['internal-error'], 500, 'internal-error', undefined],
  ] as const satisfies readonly (readonly [readonly EventOutcome[], number, string, number | undefined])[]) {
    test(`of ${outcomes.join(', ')} is ${statusCode} for ${reason}`, () => {
      const refusal = decideBatchRefusal(['a', 'b', 'c'], outcomes);
      assert.deepEqual(
        [refusal?.statusCode, refusal?.reason, refusal?.retryAfterSeconds],
        [statusCode, reason, retryAfterSeconds],
      );
    });
  }

  test('tells of each event by index and id', () => {
    const refusal = decideBatchRefusal(['a', 'b"'], ['accepted', 'kafka-failed']);
    assert.equal(
      refusal?.body,
      '[{"index":0,"id":"a","status":202},{"index":1,"id":"b\\"","status":503,"reason":"kafka-failed"}]\n',
    );
  });
});
