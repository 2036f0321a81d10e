import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProcess, untilStatus, type RunningProcess } from '@eventing-kafka/app-runtime/testing';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

function start(...args: readonly string[]): RunningProcess {
  return startProcess([main, ...args], { env: { INGRESS_PORT: '0', VIEWER_PORT: '0', ADMIN_PORT: '0' } });
}

test('starts, accepts an event and shows its delivery, and stops with exit code 0', { timeout: 60_000 }, async () => {
  await using app = start();
  const [, adminUrl] = await app.printed(/(http:\/\/\S+)\/status/);
  await untilStatus(200, '/readyz', adminUrl);
  const [, broker = ''] = await app.printed(/curl -i (http:\S+\/default\/shop) /);
  await app.printed(/serving Trigger default\/orders/);
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': 'of-this-test',
    'ce-source': '/test',
    'ce-type': 'com.example.order.created',
  };
  const answer = await fetch(broker, { method: 'POST', headers, body: 'hello' });
  assert.equal(answer.status, 202);
  await app.printed(/ {2}orders\n(?: {2}.*\n)* {2}id +of-this-test\n/);
  app.child.kill('SIGTERM');
  assert.equal(await app.exitCode(), 0, app.stderr);
  assert.equal(app.stderr, '');
});

test('a folder that is missing is one line and exit code 1', { timeout: 60_000 }, async () => {
  await using app = start('--manifests', '/no-such-folder');
  assert.equal(await app.exitCode(), 1);
  assert.match(app.stderr, /^[^\n]*no-such-folder does not exist; make it, or name another one[^\n]*\n$/);
});

test('says every setting that is wrong, and ends with exit code 2', { timeout: 60_000 }, async () => {
  await using app = start('--port', '70000', '--manifest', 'here');
  assert.equal(await app.exitCode(), 2);
  assert.match(app.stderr, /--port is "70000"/);
  assert.match(app.stderr, /did you mean --manifests\?/);
});
