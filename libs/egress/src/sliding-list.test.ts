import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SlidingList } from './sliding-list.ts';

test('keeps the index an item was pushed with, whatever is dropped before it', () => {
  const steps = fc.array(fc.oneof(fc.constant('push' as const), fc.nat(2_000)), { maxLength: 3_000, size: 'max' });
  fc.assert(
    fc.property(steps, (ops) => {
      const list = new SlidingList<number>();
      let start = 0;
      let end = 0;
      for (const op of ops) {
        if (op === 'push') list.push(end++);
        else {
          list.dropBelow(op);
          start = Math.max(start, Math.min(op, end));
        }
        assert.equal(list.start, start);
        assert.equal(list.end, end);
        for (const index of [start - 1, start, Math.floor((start + end) / 2), end - 1, end]) {
          assert.equal(list.at(index), index >= start && index < end ? index : undefined);
        }
        const wanted = Math.floor((start + end) / 2);
        assert.equal(
          list.lowerBound((item) => item >= wanted),
          Math.max(start, Math.min(wanted, end)),
        );
      }
    }),
  );
});
