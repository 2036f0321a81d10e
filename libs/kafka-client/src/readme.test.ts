import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const library = join(import.meta.dirname, '..');

test('the example of the README prints what the README shows', async () => {
  const readme = await readFile(join(library, 'README.md'), 'utf8');
  const code = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
  const flags = ['--conditions=@eventing-kafka/source', '--input-type=module-typescript', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: library });
  assert.equal(stdout, /```text\n([^]*?)```/.exec(readme)?.[1]);
});
