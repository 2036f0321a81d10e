import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EgressAccount } from './account.ts';
import { missedBars } from './bars.ts';

const clean: EgressAccount = {
  egress: 'e',
  accepted: 1_000,
  unknown: 0,
  storedTwice: 0,
  delivered: 1_000,
  repeated: 0,
  deadLettered: 0,
  refused: 0,
  lost: [],
  outOfOrder: [],
  unwanted: [],
  firstDeliveryMs: undefined,
  standstillMs: 0,
};
const bars = { maxRepeatedShare: 0.001, maxFirstDeliveryMs: 5_000, maxStandstillMs: 30_000, deadLetters: false };

test('books that are in order miss no bar, also just at it', () => {
  assert.deepEqual(missedBars(clean, bars), []);
  assert.deepEqual(missedBars({ ...clean, repeated: 1, firstDeliveryMs: 5_000, standstillMs: 30_000 }, bars), []);
});

const misses: readonly (readonly [name: string, change: Partial<EgressAccount>, words: RegExp])[] = [
  ['an event is lost', { lost: [{ id: 'a', how: 'never-stored' }] }, /^e: 1 lost: .*never-stored/],
  ['an event is out of order', { outOfOrder: [{ id: 'a', after: 'b' }] }, /^e: 1 out of order/],
  ['an unwanted event is delivered', { unwanted: ['a'] }, /^e: 1 delivered that the filter does not want/],
  ['events go to the dead letter that nobody refused', { deadLettered: 1 }, /^e: 1 to the dead letter/],
  ['too many are repeated', { repeated: 2 }, /^e: 2 repeated of 1000, more than 0.1 %/],
  ['the first delivery is late', { firstDeliveryMs: 5_001 }, /^e: 5.0 s to the first delivery/],
  ['a partition stands still', { standstillMs: 30_001 }, /^e: a partition stood still for 30.0 s/],
  ['nothing was accepted', { accepted: 0 }, /^e: no event was accepted/],
];
for (const [name, change, words] of misses) {
  test(`a bar is missed when ${name}`, () => {
    const missed = missedBars({ ...clean, ...change }, bars);
    assert.equal(missed.length, 1);
    assert.match(missed[0] ?? '', words);
  });
}
