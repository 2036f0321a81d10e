import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProcess, untilStatus, type RunningProcess } from '@eventing-kafka/app-runtime/testing';
import { emptyContractState } from '@eventing-kafka/contract';
import { startContractServer } from '@eventing-kafka/contract-stream';
import { silentLogger } from '@eventing-kafka/logging';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

function start(env: Readonly<Record<string, string>>, ...args: readonly string[]): RunningProcess {
  const fixed = { ADMIN_HOST: '127.0.0.1', ADMIN_PORT: '0', LOG_FORMAT: 'json' };
  return startProcess([main, ...args], { env: { ...fixed, ...env } });
}

test('starts, takes a contract, is ready, and stops with exit code 0', { timeout: 60_000 }, async () => {
  await using server = await startContractServer({
    host: '127.0.0.1',
    port: 0,
    epoch: 1n,
    security: { kind: 'insecure' },
    logger: silentLogger,
  });
  await using app = start({ CONTRACT_ADDRESS: `127.0.0.1:${server.port}`, NODE_ID: 'd1' });
  const { adminUrl } = await app.logged('dispatcher started');
  assert.equal((await fetch(new URL('/readyz', adminUrl))).status, 503);
  server.publish(emptyContractState);
  await untilStatus(200, '/readyz', adminUrl);
  assert.deepEqual(
    server.processes().map(({ nodeId, kind }) => [nodeId, kind]),
    [['d1', 'dispatcher']],
  );
  assert.equal((await fetch(new URL('/healthz', adminUrl))).status, 200);
  app.child.kill('SIGTERM');
  assert.equal(await app.exitCode(), 0, app.stderr);
});

test('a certificate that is missing is one line and exit code 1', { timeout: 60_000 }, async () => {
  const files = { CONTRACT_CA_FILE: '/none/ca', CONTRACT_CERT_FILE: '/none/ca', CONTRACT_KEY_FILE: '/none/ca' };
  await using app = start(files);
  assert.equal(await app.exitCode(), 1);
  assert.match(app.stderr, /^[^\n]*CONTRACT_CA_FILE names \/none\/ca, which does not exist; name a PEM file[^\n]*\n$/);
});

test('says every setting that is wrong, and ends with exit code 2', { timeout: 60_000 }, async () => {
  await using app = start({}, '--max-in-flight', 'many', '--contract', 'nowhere');
  assert.equal(await app.exitCode(), 2);
  assert.match(app.stderr, /--max-in-flight is "many"/);
  assert.match(app.stderr, /--contract is "nowhere"/);
});
