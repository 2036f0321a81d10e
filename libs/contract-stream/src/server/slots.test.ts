import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Slots } from './slots.ts';

const patient = new AbortController().signal;

test('no more run at a time than there are slots, and who waits comes in turn', async () => {
  const slots = new Slots(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const runs = [0, 1, 2, 3].map((index) =>
    slots.run(patient, async () => {
      begun.push(index);
      const { promise, resolve } = Promise.withResolvers<undefined>();
      ends.push(() => resolve(undefined));
      await promise;
    }),
  );
  await new Promise(setImmediate);
  assert.deepEqual(begun, [0, 1]);
  ends[1]!();
  await runs[1];
  await new Promise(setImmediate);
  assert.deepEqual(begun, [0, 1, 2]);
  ends[0]!();
  ends[2]!();
  await new Promise(setImmediate);
  ends[3]!();
  await Promise.all(runs);
});

test('who gives up waiting is not run, and takes nobody’s turn', async () => {
  const slots = new Slots(1);
  const { promise, resolve } = Promise.withResolvers<string>();
  const first = slots.run(patient, () => promise);
  const hasty = new AbortController();
  const second = slots.run(hasty.signal, () => Promise.resolve('never'));
  const third = slots.run(patient, () => Promise.resolve('third'));
  hasty.abort(new Error('too long'));
  await assert.rejects(second, /too long/);
  resolve('first');
  assert.deepEqual(await Promise.all([first, third]), ['first', 'third']);
});

test('work that fails gives its slot back', async () => {
  const slots = new Slots(1);
  await assert.rejects(
    slots.run(patient, () => Promise.reject(new Error('failed'))),
    /failed/,
  );
  assert.equal(await slots.run(patient, () => Promise.resolve('next')), 'next');
});
