import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeAtomically } from './atomic-folder.ts';

const file = (text: string) => ({ content: Buffer.from(text), mode: 0o644 });

async function folder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'atomic-folder-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test('files appear under their names, in subfolders too', async () => {
  await using volume = await folder();
  await writeAtomically(
    volume.path,
    new Map([
      ['a', file('1')],
      ['deep/b', file('2')],
    ]),
  );
  assert.equal(await readFile(join(volume.path, 'a'), 'utf8'), '1');
  assert.equal(await readFile(join(volume.path, 'deep/b'), 'utf8'), '2');
});

test('new content replaces the old in one step, and what is no longer there is gone', async () => {
  await using volume = await folder();
  await writeAtomically(
    volume.path,
    new Map([
      ['a', file('1')],
      ['b', file('2')],
    ]),
  );
  await writeAtomically(volume.path, new Map([['a', file('3')]]));
  assert.equal(await readFile(join(volume.path, 'a'), 'utf8'), '3');
  assert.deepEqual(
    (await readdir(volume.path)).filter((name) => !name.startsWith('..')),
    ['a'],
  );
});

test('equal content changes nothing that a watcher would see', async () => {
  await using volume = await folder();
  const files = new Map([['a', file('1')]]);
  await writeAtomically(volume.path, files);
  const before = await readlink(join(volume.path, '..data'));
  await writeAtomically(volume.path, files);
  assert.equal(await readlink(join(volume.path, '..data')), before);
});
