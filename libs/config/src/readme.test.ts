import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

const library = join(import.meta.dirname, '..');

test('the example of the README prints and fails as the README says', async () => {
  const readme = await readFile(join(library, 'README.md'), 'utf8');
  const example = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
  const flags = ['--conditions=@eventing-kafka/source', '--input-type=module-typescript', '--eval', example];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { cwd: library, encoding: 'utf8' });
  assert.match(stdout, /^ordered 0 60000\n\| Variable \|/);
  const message = /```text\n([^]*?)```/.exec(readme)?.[1] ?? '?';
  assert.ok(stderr.includes(message.trimEnd()), stderr);
  assert.ok(!stderr.includes("'hush'") && !stdout.includes('hush'));
});
