import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const library = join(import.meta.dirname, '..');
const readme = await readFile(join(library, 'README.md'), 'utf8');
const example = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';

/** What the example prints, with every time as it stands in the README. */
async function printed(code: string): Promise<string> {
  const flags = ['--conditions=@eventing-kafka/source', '--input-type=module-typescript', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: library });
  return stdout.replace(/"@timestamp":"[^"]+"/g, '"@timestamp":"…"');
}

test('the example of the README prints the JSON lines that the README shows', async () => {
  assert.equal(await printed(example), /```json lines\n([^]*?)```/.exec(readme)?.[1]);
});

test('the example of the README prints the text that the README shows', async () => {
  const withoutTimes = (text = ''): string => text.replace(/^\d\d:\d\d:\d\d\.\d{3} /gm, '');
  const text = await printed(example.replace("format: 'json'", "format: 'text'"));
  assert.equal(withoutTimes(text), withoutTimes(/```text\n([^]*?)```/.exec(readme)?.[1]));
});
