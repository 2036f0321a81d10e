import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cachedBuild } from './program-cache.ts';

async function emptyCache(): Promise<AsyncDisposable & { path: string; env: NodeJS.ProcessEnv }> {
  const path = await mkdtemp(join(tmpdir(), 'program-cache-'));
  return { path, env: { XDG_CACHE_HOME: path }, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

const build = (run: (folder: string) => Promise<void>) => ({
  name: 'program',
  key: ['1'],
  announcement: 'building',
  build: run,
});

test('two that ask at once get one build', async () => {
  await using cache = await emptyCache();
  let builds = 0;
  const once = build(async (folder) => {
    await writeFile(join(folder, 'program'), String(++builds));
  });
  const folders = await Promise.all([cachedBuild(once, cache.env), cachedBuild(once, cache.env)]);
  assert.equal(folders[0], folders[1]);
  assert.equal(await readFile(join(folders[0], 'program'), 'utf8'), '1');
});

test('a failed build leaves nothing, and the next attempt builds', async () => {
  await using cache = await emptyCache();
  const failing = build(() => Promise.reject(new Error('no compiler')));
  await assert.rejects(cachedBuild(failing, cache.env), /no compiler/);
  assert.deepEqual(await readdir(join(cache.path, 'eventing-kafka')), []);
  const folder = await cachedBuild(
    build((work) => writeFile(join(work, 'program'), 'ok')),
    cache.env,
  );
  assert.deepEqual(await readdir(folder), ['program']);
});

test('what an interrupted build left is removed by the next one', async () => {
  await using cache = await emptyCache();
  const folder = await cachedBuild(
    build(() => Promise.resolve()),
    cache.env,
  );
  await rm(folder, { recursive: true });
  await mkdtemp(`${folder}.building-`);
  await cachedBuild(
    build(() => Promise.resolve()),
    cache.env,
  );
  assert.equal((await readdir(join(cache.path, 'eventing-kafka'))).length, 1);
});

test('another key is another program', async () => {
  await using cache = await emptyCache();
  const one = await cachedBuild(
    build(() => Promise.resolve()),
    cache.env,
  );
  const other = await cachedBuild({ ...build(() => Promise.resolve()), key: ['2'] }, cache.env);
  assert.notEqual(one, other);
});
