import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRecordEvent, withExtensions, type AttributeValue } from '@eventing-kafka/cloudevents-codec';
import { hopsExtension, repliesLeft } from './reply-hops.ts';

function left(told: AttributeValue | undefined): number {
  const headers = ['specversion', 'id', 'source', 'type'].map((name) => ({
    name: `ce_${name}`,
    value: Buffer.from(name === 'specversion' ? '1.0' : 'x'),
  }));
  return repliesLeft(withExtensions(readRecordEvent({ headers, value: null }), { [hopsExtension]: told }), 3);
}

test('an event says how many replies may follow, and never more than there may be', () => {
  assert.deepEqual(
    [undefined, '2', 1, '0', '9', '-1', 'many', ''].map((told) => left(told)),
    [3, 2, 1, 0, 3, 3, 3, 3],
  );
});
