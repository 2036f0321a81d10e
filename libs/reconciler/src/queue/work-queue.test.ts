import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import { WorkQueue } from './work-queue.ts';
import type { WorkQueueOptions, WorkResult } from './work-queue.ts';

const done: WorkResult = { kind: 'done' };

function queueOf(
  work: WorkQueueOptions<string>['work'],
  more: Partial<WorkQueueOptions<string>> = {},
): WorkQueue<string> {
  return new WorkQueue({
    text: (key) => key,
    work,
    failed: () => undefined,
    concurrency: 2,
    minDelayMs: 1,
    maxDelayMs: 8,
    random: () => 0,
    ...more,
  });
}

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; !what(); tries += 1) {
    if (tries > 4_000) throw new Error(`did not happen: ${what.toString()}`);
    await delay(5);
  }
}

test('a key that is asked for many times before its turn is looked at once', async () => {
  const seen: string[] = [];
  await using queue = queueOf((key) => Promise.resolve(seen.push(key)).then(() => done));
  for (let times = 0; times < 10; times += 1) queue.add('a');
  queue.add('b');
  await until(() => queue.size === 0);
  assert.deepEqual(seen, ['a', 'b']);
});

test('a key that is asked for while it is worked on has one more turn, never two at once', async () => {
  let running = 0;
  let most = 0;
  let turns = 0;
  await using queue = queueOf(async () => {
    running += 1;
    most = Math.max(most, running);
    turns += 1;
    await delay(5);
    running -= 1;
    return done;
  });
  queue.add('a');
  await until(() => running === 1);
  for (let times = 0; times < 5; times += 1) queue.add('a');
  await until(() => queue.size === 0);
  assert.deepEqual([most, turns], [1, 2]);
});

test('a key that may wait has one look with whoever asks for it meanwhile, and is not put off by others who may wait too', async () => {
  const seen: string[] = [];
  await using queue = queueOf((key) => Promise.resolve(seen.push(key)).then(() => done));
  queue.addWithin('hurried', 60_000);
  queue.add('hurried');
  queue.addWithin('patient', 20);
  queue.addWithin('patient', 60_000);
  queue.addWithin('sooner', 60_000);
  queue.addWithin('sooner', 1);
  await until(() => queue.size === 0);
  assert.deepEqual(seen.toSorted(), ['hurried', 'patient', 'sooner']);
});

test('a key that was begun has its next turn before those that were not', async () => {
  const seen: string[] = [];
  await using queue = queueOf(
    async (key) => {
      seen.push(key);
      await delay(1);
      return done;
    },
    { concurrency: 1 },
  );
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
  queue.addFirst('d');
  queue.add('d');
  await until(() => queue.size === 0);
  assert.deepEqual(seen, ['a', 'd', 'b', 'c']);
});

test('no more keys are worked on at once than may be', async () => {
  let running = 0;
  let most = 0;
  await using queue = queueOf(async () => {
    running += 1;
    most = Math.max(most, running);
    await delay(2);
    running -= 1;
    return done;
  });
  for (let index = 0; index < 20; index += 1) queue.add(String(index));
  await until(() => queue.size === 0);
  assert.equal(most, 2);
});

test('a key that fails is tried again until it does not, and holds back no other', async () => {
  const seen: string[] = [];
  const errors: unknown[] = [];
  await using queue = queueOf(
    (key) => {
      seen.push(key);
      if (key === 'bad' && seen.filter((other) => other === 'bad').length < 4) {
        if (seen.length % 2 === 0) throw new Error('broken');
        return Promise.resolve({ kind: 'retry' });
      }
      return Promise.resolve(done);
    },
    { failed: (_key, error) => errors.push(error), concurrency: 1 },
  );
  queue.add('bad');
  queue.add('good');
  await until(() => queue.size === 0);
  assert.deepEqual(seen.toSorted(), ['bad', 'bad', 'bad', 'bad', 'good']);
  assert.ok(seen.indexOf('good') <= 1);
});

test('a key that waits for its next try is looked at at once when it is asked for', async () => {
  let turns = 0;
  await using queue = queueOf(() => Promise.resolve(++turns === 1 ? { kind: 'retry' } : done), {
    minDelayMs: 3_600_000,
    maxDelayMs: 3_600_000,
  });
  queue.add('a');
  await until(() => turns === 1);
  await delay(5);
  queue.add('a');
  await until(() => turns === 2 && queue.size === 0);
});

test('a key may ask to be looked at again after a while', async () => {
  let turns = 0;
  await using queue = queueOf(() => Promise.resolve(++turns < 3 ? { kind: 'again', afterMs: 1 } : done));
  queue.add('a');
  await until(() => queue.size === 0 && turns === 3);
});

test('disposing waits for what is under way and begins nothing more', async () => {
  const ended: string[] = [];
  let sawAbort = false;
  const queue = queueOf(
    async (key, signal) => {
      await delay(20);
      sawAbort = signal.aborted;
      ended.push(key);
      return { kind: 'retry' };
    },
    { concurrency: 1 },
  );
  queue.add('a');
  queue.add('b');
  await delay(5);
  await queue[Symbol.asyncDispose]();
  queue.add('c');
  await delay(30);
  assert.deepEqual([ended, sawAbort, queue.size], [['a'], true, 0]);
});
