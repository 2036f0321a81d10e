import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { KafkaRecord } from '../records.ts';
import { RecordBuffer } from './record-buffer.ts';

function record(partition: number, offset: number): KafkaRecord {
  return { topic: 't', partition, offset, timestampMs: 0, key: null, value: null, headers: [] };
}

type Step =
  | { readonly kind: 'push'; readonly partition: number }
  | { readonly kind: 'take'; readonly max: number }
  | { readonly kind: 'pause' | 'resume' | 'remove' | 'add'; readonly partition: number };

const partition = fc.integer({ min: 0, max: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), partition }),
  fc.record({ kind: fc.constant('take' as const), max: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    kind: fc.constantFrom('pause' as const, 'resume' as const, 'remove' as const, 'add' as const),
    partition,
  }),
);

test('whatever happens, a partition is handed out in order, without a gap while it stays ours, and never while paused', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
      const buffer = new RecordBuffer();
      const next = new Map<number, number>();
      const expected = new Map<number, number>();
      const paused = new Set<number>();
      for (const current of steps) {
        switch (current.kind) {
          case 'add':
            if (buffer.has(current.partition)) break;
            buffer.add(current.partition, next.get(current.partition) ?? 0);
            expected.set(current.partition, next.get(current.partition) ?? 0);
            paused.delete(current.partition);
            break;
          case 'remove':
            buffer.remove(current.partition);
            expected.delete(current.partition);
            break;
          case 'push': {
            const offset = next.get(current.partition) ?? 0;
            next.set(current.partition, offset + 1);
            buffer.push([record(current.partition, offset)]);
            break;
          }
          case 'pause':
            buffer.pause(current.partition);
            paused.add(current.partition);
            break;
          case 'resume':
            buffer.resume(current.partition);
            paused.delete(current.partition);
            break;
          case 'take': {
            const taken = buffer.take(current.max);
            assert.ok(taken.length <= current.max);
            for (const each of taken) {
              assert.equal(each.offset, expected.get(each.partition));
              if (buffer.has(each.partition)) assert.ok(!buffer.isPaused(each.partition));
              expected.set(each.partition, each.offset + 1);
            }
            break;
          }
        }
        for (const each of buffer.partitions) assert.equal(buffer.position(each), expected.get(each));
      }
    }),
  );
});

test('moving forgets what came of the partition, held records included, and leaves the others', () => {
  const buffer = new RecordBuffer();
  buffer.add(0, 0);
  buffer.add(1, 0);
  buffer.push([record(0, 0), record(1, 0)]);
  buffer.pause(0);
  buffer.push([record(0, 1)]);
  buffer.moveTo(0, 7);
  buffer.resume(0);
  assert.deepEqual(buffer.take(10), [record(1, 0)]);
  assert.equal(buffer.position(0), 7);
});

test('the position of a partition that starts at the end is not known before its first record', () => {
  const buffer = new RecordBuffer();
  buffer.add(0, 'latest');
  assert.equal(buffer.position(0), undefined);
  buffer.push([record(0, 41)]);
  buffer.take(1);
  assert.equal(buffer.position(0), 42);
});

test('the end of a log is told when nothing of it waits here any more, and only if it lies beyond the last record', () => {
  const buffer = new RecordBuffer();
  buffer.add(0, 5);
  buffer.push([record(0, 5), record(0, 6)]);
  buffer.reachedEnd(0, 7);
  assert.equal(buffer.hasEnds, false);
  buffer.reachedEnd(0, 9);
  assert.deepEqual(buffer.takeEnds(), []);
  buffer.take(10);
  assert.deepEqual(buffer.takeEnds(), [{ partition: 0, from: 7, to: 9 }]);
  assert.equal(buffer.position(0), 9);
  assert.deepEqual(buffer.takeEnds(), []);
});

test('the end of a log that was left by a seek is not told', () => {
  const buffer = new RecordBuffer();
  buffer.add(0, 5);
  buffer.reachedEnd(0, 9);
  buffer.moveTo(0, 2);
  assert.deepEqual(buffer.takeEnds(), []);
});
