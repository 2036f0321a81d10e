import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { settingsTable } from '@eventing-kafka/config';
import { runtimeSettings } from './runtime-settings.ts';

const library = join(import.meta.dirname, '..');
const readme = await readFile(join(library, 'README.md'), 'utf8');

test('the example of the README runs until it is stopped', async () => {
  const example = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
  const flags = ['--conditions=@eventing-kafka/source', '--input-type=module-typescript', '--eval', example, 'ticker'];
  const child = spawn(process.execPath, [...flags, '--interval=10ms'], {
    cwd: library,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  child.stdout.once('data', () => child.kill('SIGTERM'));
  await once(child, 'close');
  assert.equal(child.exitCode, 0);
  assert.match(printed, /"message":"tick"/);
});

test('the README has the table of the settings every app has', () => {
  // Without the spaces that formatting adds.
  const compact = (text: string): string => text.replace(/ +\|/g, ' |').replace(/-{3,}/g, '---');
  assert.ok(compact(readme).includes(compact(settingsTable(runtimeSettings))), settingsTable(runtimeSettings));
});
