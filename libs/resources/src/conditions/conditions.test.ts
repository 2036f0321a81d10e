import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { conditionOf, isFalse, isTrue, isUnknown, servingPhase, summarizeConditions } from './conditions.ts';
import type { ConditionMark } from './conditions.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

test('Ready is True when all conditions are, and the list is sorted by type', () => {
  const conditions = summarizeConditions([isTrue('Zebra'), isTrue('Apple', 'Because')], [], at(1));
  assert.deepEqual(conditions, [
    { type: 'Apple', status: 'True', reason: 'Because', lastTransitionTime: at(1) },
    { type: 'Ready', status: 'True', lastTransitionTime: at(1) },
    { type: 'Zebra', status: 'True', lastTransitionTime: at(1) },
  ]);
});

test('Ready takes the words of a False condition before those of an Unknown one', () => {
  const ready = conditionOf(
    summarizeConditions([isUnknown('A', 'Later'), isFalse('B', 'Broken', 'it is')], [], at(1)),
    'Ready',
  );
  assert.deepEqual(ready, {
    type: 'Ready',
    status: 'False',
    reason: 'Broken',
    message: 'it is',
    lastTransitionTime: at(1),
  });
});

test('of several False conditions Ready names the one that changed last, of those that changed together the first', () => {
  const first = summarizeConditions([isFalse('A', 'One'), isFalse('B', 'Two')], [], at(1));
  assert.equal(conditionOf(first, 'Ready')?.reason, 'One');
  const second = summarizeConditions([isFalse('A', 'One'), isFalse('B', 'Three')], first, at(2));
  assert.equal(conditionOf(second, 'Ready')?.reason, 'Three');
});

test('of those that changed together Ready names what has to change, not what is waited for', () => {
  const waiting: ConditionMark = { ...isFalse('A', 'NotYet'), waiting: true };
  assert.equal(
    conditionOf(summarizeConditions([waiting, isFalse('B', 'Broken')], [], at(1)), 'Ready')?.reason,
    'Broken',
  );
});

test('a condition keeps its transition time until something else in it changes', () => {
  const first = summarizeConditions([isTrue('A'), isFalse('B', 'Broken')], [], at(1));
  const same = summarizeConditions([isTrue('A'), isFalse('B', 'Broken')], first, at(2));
  assert.deepEqual(same, first);
  const changed = summarizeConditions([isTrue('A'), isTrue('B')], same, at(3));
  assert.deepEqual(
    changed.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
    [
      ['A', at(1)],
      ['B', at(3)],
      ['Ready', at(3)],
    ],
  );
});

test('what only waits is not refused, and one refusal makes all of it refused', () => {
  const waiting: ConditionMark = { ...isFalse('A', 'NotYet'), waiting: true };
  assert.equal(servingPhase([isTrue('B')]), 'serving');
  assert.equal(servingPhase([waiting, isTrue('B'), isUnknown('C')]), 'waiting');
  assert.equal(servingPhase([waiting, isFalse('B', 'Broken')]), 'refused');
});

test('Ready is True exactly if every other condition is', () => {
  const mark = fc.tuple(
    fc.constantFrom('A', 'B', 'C', 'D'),
    fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
  );
  fc.assert(
    fc.property(fc.uniqueArray(mark, { selector: ([type]) => type, minLength: 1 }), (marks) => {
      const conditions = summarizeConditions(
        marks.map(([type, status]) => ({ type, status })),
        [],
        at(1),
      );
      const statuses = marks.map(([, status]) => status);
      const expected = statuses.includes('False') ? 'False' : statuses.includes('Unknown') ? 'Unknown' : 'True';
      assert.equal(conditionOf(conditions, 'Ready')?.status, expected);
    }),
  );
});

test('reason and message have a limit, whatever they quote', () => {
  const long = 'x'.repeat(100_000);
  const { reason, message } = isFalse('A', long, long);
  assert.equal(reason?.length, 1_024);
  assert.equal(message?.length, 4_096);
});
