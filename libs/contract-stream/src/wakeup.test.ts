import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Wakeup } from './wakeup.ts';

test('a note before the wait is not lost, and many make one', async () => {
  const wakeup = new Wakeup();
  wakeup.notify();
  wakeup.notify();
  await wakeup.wait(new AbortController().signal);
  const abort = new AbortController();
  let resumed = false;
  const second = wakeup.wait(abort.signal).then(() => {
    resumed = true;
  });
  await new Promise(setImmediate);
  assert.equal(resumed, false);
  wakeup.notify();
  await second;
});

test('a wait ends when its signal is aborted, before or during', async () => {
  const wakeup = new Wakeup();
  const abort = new AbortController();
  const waiting = wakeup.wait(abort.signal);
  abort.abort();
  await waiting;
  await wakeup.wait(abort.signal);
});
