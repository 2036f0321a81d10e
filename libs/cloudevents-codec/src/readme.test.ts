import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const library = join(import.meta.dirname, '..');

test("the README's example runs and prints what its comments say", async () => {
  const readme = await readFile(join(library, 'README.md'), 'utf8');
  const example = /```ts\n(.*?)```/s.exec(readme)?.[1];
  assert.ok(example !== undefined, 'the README has an example');
  // Inside the library, so that it finds the package by its name.
  const folder = await mkdtemp(join(library, '.readme-'));
  try {
    const file = join(folder, 'example.ts');
    await writeFile(file, example);
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@eventing-kafka/source', file]);
    const comments = [...example.matchAll(/(?:\); |^)\/\/ (.*)$/gm)].map(([, comment]) => comment ?? '');
    const printed = stdout.trimEnd().split('\n');
    assert.equal(printed.length, 3);
    for (const line of printed) assert.ok(comments.includes(line), `the README does not say "${line}"`);
  } finally {
    await rm(folder, { recursive: true });
  }
});
