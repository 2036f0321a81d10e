import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultEventLimits, PendingEvents } from './pending-events.ts';

const object = (uid: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'n', name: uid, uid });
const event = (message: string) => ({ type: 'Warning', reason: 'Broken', message }) as const;

/** Takes what is to be written at this time, as `message×count`. */
function written(pending: PendingEvents, nowMs: number): readonly string[] {
  const texts: string[] = [];
  for (let next = pending.next(nowMs); next?.inMs === 0; next = pending.next(nowMs)) {
    pending.taken(next.event);
    next.event.writtenAtMs = nowMs;
    texts.push(`${next.event.event.message}×${next.event.count}`);
  }
  return texts;
}

test('an event is written at once, and its repetitions are counted into it later', () => {
  const pending = new PendingEvents();
  pending.note(object('a'), event('x'), 0);
  assert.deepEqual(written(pending, 0), ['x×1']);
  for (let n = 0; n < 5; n += 1) pending.note(object('a'), event('x'), 1_000);
  assert.deepEqual(written(pending, 1_000), []);
  assert.equal(pending.next(1_000)?.inMs, 9_000);
  assert.deepEqual(written(pending, 10_000), ['x×6']);
});

test('the same event after a long time is a new one', () => {
  const pending = new PendingEvents();
  pending.note(object('a'), event('x'), 0);
  written(pending, 0);
  pending.note(object('a'), event('x'), defaultEventLimits.aggregateMs + 1);
  assert.deepEqual(written(pending, defaultEventLimits.aggregateMs + 1), ['x×1']);
});

test('events of other objects, reasons and messages are events of their own', () => {
  const pending = new PendingEvents();
  pending.note(object('a'), event('x'), 0);
  pending.note(object('b'), event('x'), 0);
  pending.note(object('a'), event('y'), 0);
  assert.deepEqual(written(pending, 0), ['x×1', 'x×1', 'y×1']);
});

test('one object cannot fill the server with events, and others are not held back by it', () => {
  const pending = new PendingEvents();
  const taken = Array.from({ length: 40 }, (_, n) => pending.note(object('a'), event(`m${n}`), 0));
  assert.equal(taken.filter(Boolean).length, defaultEventLimits.burstPerObject);
  assert.equal(pending.note(object('b'), event('x'), 0), true);
  assert.equal(pending.note(object('a'), event('later'), defaultEventLimits.refillMs), true);
});

test('what waits is bounded, and what was written makes room', () => {
  const pending = new PendingEvents({ ...defaultEventLimits, maxEvents: 3 });
  const noted = ['a', 'b', 'c', 'd'].map((uid) => pending.note(object(uid), event('x'), 0));
  assert.deepEqual(noted, [true, true, true, false]);
  written(pending, 0);
  assert.equal(pending.note(object('d'), event('x'), 0), true);
});
