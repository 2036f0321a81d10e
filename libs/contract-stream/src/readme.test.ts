import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

test('the example of the README prints what the README says', async (t) => {
  const library = join(import.meta.dirname, '..');
  const readme = await readFile(join(library, 'README.md'), 'utf8');
  const [, code = ''] = /```ts\n(.*?)```/su.exec(readme) ?? [];
  const [, output = ''] = /```text\n(.*?)```/su.exec(readme) ?? [];
  const file = join(library, `readme-example-${process.pid}.ts`);
  t.after(() => rm(file, { force: true }));
  await writeFile(file, code);
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@eventing-kafka/source', file], {
    env: { ...process.env, FORCE_COLOR: '0' },
  });
  assert.equal(stdout, output);
});
