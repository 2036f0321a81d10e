import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { keyText, problemText } from '@eventing-kafka/resources';
import type { ResourceSource } from '@eventing-kafka/resources';
import { createLogger } from '@eventing-kafka/logging';
import { isManifestError, watchManifests } from './index.ts';
import type { WatchManifestsOptions } from './index.ts';

const broker = (name: string, label = ''): string =>
  `apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata:\n  name: ${name}\n${label === '' ? '' : `  labels: {v: "${label}"}\n`}`;

class Folder implements AsyncDisposable {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  async write(name: string, text: string): Promise<void> {
    await mkdir(join(this.path, name, '..'), { recursive: true });
    await writeFile(join(this.path, name), text);
  }
  async remove(name: string): Promise<void> {
    await rm(join(this.path, name), { recursive: true });
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

async function makeFolder(): Promise<Folder> {
  return new Folder(await mkdtemp(join(tmpdir(), 'manifests-')));
}

/** A source, and what it told so far. */
class Watched implements AsyncDisposable {
  readonly source: ResourceSource;
  readonly turns: string[][] = [];
  readonly #abort = new AbortController();
  readonly #reading: Promise<void>;
  constructor(source: ResourceSource) {
    this.source = source;
    this.#reading = this.#read();
  }
  async #read(): Promise<void> {
    for await (const keys of this.source.changes(this.#abort.signal)) this.turns.push(keys.map(keyText));
  }
  version(name: string): string | undefined {
    return this.source.get('Broker', 'default', name)?.metadata.labels['v'];
  }
  problems(): readonly string[] {
    return this.source.problems().map(problemText);
  }
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#reading;
    await this.source[Symbol.asyncDispose]();
  }
}

async function watch(folder: Folder, more: Partial<WatchManifestsOptions> = {}): Promise<Watched> {
  return new Watched(await watchManifests({ folder: folder.path, ...more }));
}

/** The deadline is generous: a busy machine makes nothing fail. */
async function until(what: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`did not happen: ${what.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('reads every manifest of the folder and its subfolders, and nothing else', async () => {
  await using folder = await makeFolder();
  await folder.write('a.yaml', `${broker('a')}---\n${broker('b')}`);
  await folder.write('sub/deeper/c.yml', broker('c'));
  await folder.write('notes.txt', broker('no'));
  await folder.write('.hidden.yaml', broker('no'));
  await folder.write('.git/d.yaml', broker('no'));
  await folder.write('node_modules/e.yaml', broker('no'));
  await using watched = await watch(folder);
  assert.deepEqual(
    watched.source
      .list('Broker')
      .map(({ metadata }) => metadata.name)
      .toSorted(),
    ['a', 'b', 'c'],
  );
  await until(() => watched.turns.length > 0);
  assert.deepEqual(watched.turns[0]?.toSorted(), ['Broker default/a', 'Broker default/b', 'Broker default/c']);
});

test('an edit, a new file and a removed one are followed', async () => {
  await using folder = await makeFolder();
  await folder.write('a.yaml', broker('a', '1'));
  await using watched = await watch(folder);
  await folder.write('a.yaml', broker('a', '2'));
  await until(() => watched.version('a') === '2');
  await folder.write('new/b.yaml', broker('b', '1'));
  await until(() => watched.version('b') === '1');
  await folder.write('new/b.yaml', broker('b', '2'));
  await until(() => watched.version('b') === '2');
  await folder.remove('a.yaml');
  await until(() => watched.source.get('Broker', 'default', 'a') === undefined);
  assert.equal(watched.version('b'), '2');
});

test('an editor that writes a new file in place of the old one makes one change', async () => {
  await using folder = await makeFolder();
  await folder.write('a.yaml', broker('a', '1'));
  await using watched = await watch(folder);
  await until(() => watched.turns.length === 1);
  await folder.write('.a.yaml.swp', broker('a', '2'));
  await rename(join(folder.path, 'a.yaml'), join(folder.path, 'a.yaml~'));
  await rename(join(folder.path, '.a.yaml.swp'), join(folder.path, 'a.yaml'));
  await until(() => watched.version('a') === '2');
  assert.deepEqual(watched.turns.slice(1), [['Broker default/a']]);
});

test('no change is missed where the file system gives no notice', async () => {
  await using folder = await makeFolder();
  await using elsewhere = await makeFolder();
  await elsewhere.write('a.yaml', broker('a', '1'));
  // Behind a link, so that nothing in the watched folder moves.
  await symlink(join(elsewhere.path, 'a.yaml'), join(folder.path, 'a.yaml'));
  await using watched = await watch(folder, { rescanMs: 20 });
  await elsewhere.write('a.yaml', broker('a', '2'));
  await until(() => watched.version('a') === '2');
});

test('many quick edits end with the last one', async () => {
  await using folder = await makeFolder();
  await folder.write('a.yaml', broker('a', '0'));
  await using watched = await watch(folder);
  for (let version = 1; version <= 50; version += 1) await folder.write('a.yaml', broker('a', String(version)));
  await until(() => watched.version('a') === '50');
});

test('a broken file: named with line and column, what it said before goes on, the others are followed', async () => {
  await using folder = await makeFolder();
  await folder.write('a.yaml', broker('a', '1'));
  const told: string[] = [];
  await using watched = await watch(folder, { onProblem: (problem) => told.push(problemText(problem)) });
  await folder.write('a.yaml', `${broker('a', '2')}spec: "not closed\n`);
  await until(() => watched.problems().length === 1);
  assert.match(watched.problems()[0] ?? '', /^a\.yaml:7:1: .*goes on \(expected what closes/);
  assert.equal(watched.version('a'), '1');
  await folder.write('b.yaml', broker('b', '1'));
  await until(() => watched.version('b') === '1');
  await folder.write('a.yaml', broker('a', '3'));
  await until(() => watched.version('a') === '3');
  assert.deepEqual(watched.problems(), []);
  assert.equal(told.length, 1, 'a problem is told once');
});

test('a kind that is not served is named and holds back nothing of its file', async () => {
  await using folder = await makeFolder();
  await folder.write('a.yaml', `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n---\n${broker('a', '1')}`);
  await using watched = await watch(folder);
  assert.equal(watched.version('a'), '1');
  assert.match(
    watched.problems()[0] ?? '',
    /^a\.yaml:2:1: kind: "Deployment" of apps\/v1 is not a kind that is served here/,
  );
});

test('a file that is too large is named, and what it said before goes on', async () => {
  await using folder = await makeFolder();
  await folder.write('a.yaml', broker('a', '1'));
  await using watched = await watch(folder, { maxFileBytes: 1_000 });
  await folder.write('a.yaml', `${broker('a', '2')}# ${'x'.repeat(1_000)}\n`);
  await until(() => watched.problems().length === 1);
  assert.match(watched.problems()[0] ?? '', /^a\.yaml: has \d+ bytes and is not read \(expected at most 1000\)$/);
  assert.equal(watched.version('a'), '1');
});

test('more files than may be: the first ones are read, and it is said', async () => {
  await using folder = await makeFolder();
  for (const name of ['a', 'b', 'c']) await folder.write(`${name}.yaml`, broker(name));
  await using watched = await watch(folder, { maxFiles: 2 });
  assert.equal(watched.source.list('Broker').length, 2);
  assert.match(watched.problems()[0] ?? '', /more than 2 manifests/);
});

test(
  'a file that may not be read is named',
  { skip: process.getuid?.() === 0 ? 'root may read everything' : false },
  async () => {
    await using folder = await makeFolder();
    await folder.write('a.yaml', broker('a', '1'));
    await chmod(join(folder.path, 'a.yaml'), 0);
    await using watched = await watch(folder);
    assert.match(watched.problems()[0] ?? '', /^a\.yaml: cannot be read: EACCES/);
  },
);

test('a folder that goes away is a problem, and what it held goes on', async () => {
  await using folder = await makeFolder();
  await folder.write('a.yaml', broker('a', '1'));
  await folder.write('b.yaml', 'b');
  await using watched = await watch(folder, { rescanMs: 20 });
  assert.equal(watched.problems().length, 1);
  await rename(folder.path, `${folder.path}-moved`);
  await until(() => watched.problems().length === 2);
  assert.match(watched.problems()[0] ?? '', /^b\.yaml:1:1/, 'still a problem');
  assert.match(watched.problems()[1] ?? '', /does not exist.*what it held goes on/);
  assert.equal(watched.version('a'), '1');
  await rename(`${folder.path}-moved`, folder.path);
  await until(() => watched.problems().length === 1);
});

test('a folder that is missing, or is none, is refused with what to do', async () => {
  await using folder = await makeFolder();
  await folder.write('file', '');
  await assert.rejects(watchManifests({ folder: join(folder.path, 'none') }), (error) => {
    assert.ok(isManifestError(error));
    assert.equal(error.code, 'MANIFEST_FOLDER_MISSING');
    assert.match(error.message, /does not exist; make it, or name another one$/);
    return true;
  });
  await assert.rejects(
    watchManifests({ folder: join(folder.path, 'file') }),
    (error) => isManifestError(error) && error.code === 'MANIFEST_FOLDER_NOT_A_FOLDER',
  );
});

test('disposing ends the reading of changes, and may be done twice', async () => {
  await using folder = await makeFolder();
  const source = await watchManifests({ folder: folder.path });
  const reading = Array.fromAsync(source.changes(new AbortController().signal));
  await source[Symbol.asyncDispose]();
  await source[Symbol.asyncDispose]();
  assert.deepEqual(await reading, [[]]);
});

test('a file that becomes something else altogether takes nothing away, and says what it is', async () => {
  await using folder = await makeFolder();
  await folder.write('a.yaml', broker('a', '1'));
  await using watched = await watch(folder);
  for (const [bytes, problem] of [
    [
      Buffer.from(`\ufeff${broker('a', '2')}`, 'utf16le'),
      /^a\.yaml: is not UTF-8 text; what this file said before goes on/,
    ],
    [Buffer.from('apiVersion'), /^a\.yaml:1:1: is not an object; Broker default\/a, defined here before, goes on/],
    [Buffer.from([0x1f, 0x8b, 0x08, 0xff]), /^a\.yaml: is not UTF-8 text/],
  ] as const) {
    await writeFile(join(folder.path, 'a.yaml'), bytes);
    await until(() => problem.test(watched.problems()[0] ?? ''));
  }
  assert.equal(watched.version('a'), '1');
  await folder.write('a.yaml', broker('a', '2'));
  await until(() => watched.version('a') === '2');
  assert.ok(watched.turns.flat().every((key) => key === 'Broker default/a'));
});

test('a file that is empty for a moment is one change; one that stays empty takes its objects away', async () => {
  await using folder = await makeFolder();
  await folder.write('a.yaml', broker('a', '1'));
  await folder.write('b.yaml', broker('b', '1'));
  const emptyGraceMs = 3_000;
  await using watched = await watch(folder, { emptyGraceMs });
  await until(() => watched.turns.length === 1);
  const begun = performance.now();
  await folder.write('a.yaml', '');
  await folder.write('b.yaml', broker('b', '2'));
  await until(() => watched.version('b') === '2');
  if (performance.now() - begun < emptyGraceMs) assert.equal(watched.version('a'), '1');
  await folder.write('a.yaml', broker('a', '2'));
  await until(() => watched.version('a') === '2');
  await folder.write('a.yaml', '');
  await until(() => watched.source.get('Broker', 'default', 'a') === undefined);
  assert.deepEqual(watched.problems(), []);
});

test('a file that never rests holds back no other', async () => {
  await using folder = await makeFolder();
  await folder.write('a.yaml', broker('a', '0'));
  await using watched = await watch(folder, { debounceMs: 200 });
  const abort = new AbortController();
  let writes = 0;
  const restless = (async () => {
    for (; !abort.signal.aborted; writes += 1) {
      await folder.write('a.yaml', broker('a', String(writes)));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  await folder.write('b.yaml', broker('b', '1'));
  // Far fewer than the 20 s until which a wait for a rest would go on.
  await until(() => watched.version('b') === '1' || writes > 1_000);
  abort.abort();
  await restless;
  assert.ok(writes <= 1_000, 'read while the other was still being written');
});

test('a link in a circle is named, and the folder is watched all the same', async () => {
  await using folder = await makeFolder();
  await folder.write('a.yaml', broker('a', '1'));
  await symlink('loop.yaml', join(folder.path, 'loop.yaml'));
  const log: string[] = [];
  const logger = createLogger({ level: 'debug', format: 'json', write: (line) => log.push(line) });
  // Only a notice makes it look again.
  await using watched = await watch(folder, { rescanMs: 3_600_000, logger });
  assert.match(watched.problems()[0] ?? '', /^loop\.yaml: cannot be read: ELOOP/);
  await folder.write('a.yaml', broker('a', '2'));
  await until(() => watched.version('a') === '2');
  await folder.write('new/b.yaml', broker('b', '1'));
  await until(() => watched.version('b') === '1');
  await folder.write('new/b.yaml', broker('b', '2'));
  await until(() => watched.version('b') === '2');
  const lines = log.map((line): unknown => JSON.parse(line));
  assert.deepEqual(
    lines.map((line) => (line as { message: string }).message),
    ['manifest has a problem'],
  );
  assert.match((lines[0] as { problem: string }).problem, /^loop\.yaml: cannot be read/);
});

test('a subfolder that cannot be read any more keeps what its files gave', async () => {
  await using folder = await makeFolder();
  await folder.write('sub/a.yaml', broker('a', '1'));
  await using watched = await watch(folder, { rescanMs: 20 });
  await rename(join(folder.path, 'sub'), join(folder.path, '.sub'));
  await symlink('sub', join(folder.path, 'sub'));
  await until(() => watched.problems().length === 1);
  assert.match(watched.problems()[0] ?? '', /^sub: cannot be read: ELOOP/);
  assert.equal(watched.version('a'), '1');
  await folder.remove('sub');
  await until(() => watched.source.get('Broker', 'default', 'a') === undefined);
});
