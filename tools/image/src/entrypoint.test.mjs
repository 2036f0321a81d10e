import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const entrypoint = fileURLToPath(new URL('entrypoint.mjs', import.meta.url));
let apps;

before(() => {
  apps = mkdtempSync(join(tmpdir(), 'entrypoint-'));
  for (const app of ['teller', 'writer']) mkdirSync(join(apps, app, 'dist'), { recursive: true });
  writeFileSync(join(apps, 'writer', 'dist', 'main.js'), 'process.exitCode = 7;');
  writeFileSync(join(apps, 'teller', 'dist', 'main.js'), 'console.log(JSON.stringify(process.argv.slice(1)));');
  mkdirSync(join(apps, 'not-built'));
});
after(() => rmSync(apps, { recursive: true, force: true }));

function enter(...args) {
  const env = { ...process.env, EVENTING_KAFKA_APPS: apps };
  return spawnSync(process.execPath, [entrypoint, ...args], { encoding: 'utf8', env });
}

test('the first argument picks the app, the others are its own', () => {
  const { stdout, status } = enter('teller', '--port=1', 'writer');
  assert.equal(status, 0);
  assert.deepEqual(JSON.parse(stdout), [join(apps, 'teller', 'dist', 'main.js'), '--port=1', 'writer']);
});

test('the exit code is the app’s', () => {
  assert.equal(enter('writer').status, 7);
});

test('an app that is not there is refused in one line with those that are', () => {
  for (const name of ['reader', 'not-built', '../teller', 'teller/dist', '']) {
    const { stderr, status } = enter(name);
    assert.equal(status, 2, name);
    assert.equal(stderr, `"${name}" is no app of this image; the first argument must be one of teller, writer.\n`);
  }
});

test('no argument at all is refused likewise', () => {
  const { stderr, status } = enter();
  assert.equal(status, 2);
  assert.equal(stderr, 'No app is named; the first argument must be one of teller, writer.\n');
});
