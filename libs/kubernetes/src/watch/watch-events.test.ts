import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchEvents } from './watch-events.ts';

const added = (name: string): string => `${JSON.stringify({ type: 'ADDED', object: { metadata: { name } } })}\n`;

/** The names of the events of each turn. */
async function turns(...chunks: readonly Buffer[]): Promise<readonly (readonly string[])[]> {
  const found: string[][] = [];
  for await (const events of watchEvents(stream(chunks)))
    found.push(events.map((event) => (event.type === 'ERROR' ? 'ERROR' : event.object.metadata.name)));
  return found;
}

async function* stream(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

test('events that arrive together come together', async () => {
  assert.deepEqual(await turns(Buffer.from(added('a') + added('b')), Buffer.from(added('c'))), [['a', 'b'], ['c']]);
});

test('an event comes when it is complete, wherever it was cut, also within a character', async () => {
  const bytes = Buffer.from(added('ä'));
  for (let cut = 1; cut < bytes.length; cut += 1)
    assert.deepEqual(await turns(bytes.subarray(0, cut), bytes.subarray(cut)), [['ä']], `cut at ${cut}`);
});

test('an event without an end is not an event', async () => {
  assert.deepEqual(await turns(Buffer.from(`${added('a')}{"type":"ADDED"`)), [['a']]);
});

test('what is no JSON is refused', async () => {
  await assert.rejects(turns(Buffer.from('upstream connect error\n')), SyntaxError);
});

test('an event that never ends is refused before it fills the memory', async () => {
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  await assert.rejects(turns(...Array.from({ length: 20 }, () => megabyte)), /larger than/);
});
