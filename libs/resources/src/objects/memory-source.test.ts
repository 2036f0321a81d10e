import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemorySource } from './memory-source.ts';
import { keyText } from './resource-key.ts';
import { problemText } from './resource-source.ts';

const broker = (name: string, labels: object = {}): object => ({
  apiVersion: 'eventing.knative.dev/v1',
  kind: 'Broker',
  metadata: { name, labels },
});

async function turnsOf(source: MemorySource, act: () => void): Promise<readonly (readonly string[])[]> {
  const abort = new AbortController();
  const turns: string[][] = [];
  for await (const keys of source.changes(abort.signal)) {
    turns.push(keys.map(keyText));
    if (turns.length === 1) act();
    else abort.abort();
  }
  return turns;
}

test('the first turn holds all that is there, the next what changed, each key once', async () => {
  await using source = new MemorySource();
  source.apply(broker('a'), broker('b'));
  const turns = await turnsOf(source, () => {
    source.apply(broker('a', { v: '2' }), broker('b'));
    source.apply(broker('a', { v: '3' }));
    source.remove({ kind: 'Broker', namespace: 'default', name: 'b' });
  });
  assert.deepEqual(turns, [
    ['Broker default/a', 'Broker default/b'],
    ['Broker default/a', 'Broker default/b'],
  ]);
  assert.equal(source.get('Broker', 'default', 'a')?.metadata.generation, 3);
});

test('an object with an error is not taken, the one before stays', () => {
  const source = new MemorySource();
  source.apply(broker('a'));
  source.apply(broker('a', { v: 1 }));
  assert.deepEqual(source.get('Broker', 'default', 'a')?.metadata.labels, {});
  assert.deepEqual(source.problems().map(problemText), [
    'Broker default/a: metadata.labels.v: is the number 1 (expected text, in quotes)',
  ]);
});

test('an aborted reader ends without losing what comes later', async () => {
  await using source = new MemorySource();
  const abort = new AbortController();
  const reading = Array.fromAsync(source.changes(abort.signal));
  await Promise.resolve();
  abort.abort();
  assert.deepEqual(await reading, [[]]);
  source.apply(broker('a'));
  const turns = await turnsOf(source, () => source.apply(broker('b')));
  assert.deepEqual(turns, [['Broker default/a'], ['Broker default/b']]);
});
