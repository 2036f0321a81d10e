import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { programVersion } from './program-version.ts';

test('takes the version of the nearest package.json that has one', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'program-version-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const dist = join(folder, 'app', 'dist');
  await mkdir(dist, { recursive: true });
  await writeFile(join(folder, 'app', 'package.json'), '{"version":"4.5.6"}');
  await writeFile(join(dist, 'package.json'), '{"type":"module"}');
  assert.equal(programVersion(join(dist, 'main.js')), '4.5.6');
});

test('knows none where no package.json is', () => {
  assert.equal(programVersion('/nowhere/main.js'), undefined);
});
