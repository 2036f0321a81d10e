import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const library = join(import.meta.dirname, '..');

test('the example of the README prints what it says', () => {
  const readme = readFileSync(join(library, 'README.md'), 'utf8');
  const example = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
  const flags = ['--conditions=@eventing-kafka/source', '--input-type=module-typescript', '--eval', example];
  // A runner that asks for colours would get them.
  const env = { ...process.env, FORCE_COLOR: '0' };
  assert.equal(execFileSync(process.execPath, flags, { cwd: library, encoding: 'utf8', env }), 'delivered 2\n');
});
