/**
 * Runs the example of a library's README, its first `ts` block, as a test of that library: part of the `test` target of every
 * library, which runs it in the library's folder. A `text` block right behind the example is what it must print; `…` in it
 * stands for anything.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { promisify } from 'node:util';

const example = /```ts\n([^]*?)```(?:\s*```text\n([^]*?)```)?/;

test("the README's example does what it says", async () => {
  const [, code, expected] = example.exec(await readFile('README.md', 'utf8')) ?? [];
  assert.ok(code !== undefined, 'README.md has no ts block');
  const flags = ['--conditions=@eventing-kafka/source', '--input-type=module-typescript', '--eval', code];
  // A runner that asks for colours would get them.
  const { FORCE_COLOR: _, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, flags, {
    env: { ...env, NO_COLOR: '1' },
    timeout: 60_000,
  });
  if (expected !== undefined) assert.match(stdout.trim(), pattern(expected.trim()));
});

/** Exactly this text, but for its ellipses. */
function pattern(text) {
  const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('…', '[^]*?')}$`);
}
