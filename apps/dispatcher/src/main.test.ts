import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

test('takes a contract from a file, says what is wrong with it, and serves the rest', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dispatcher-contract-'));
  try {
    const path = join(folder, 'contract.json');
    await using app = start({}, '--contract', path);
    const { adminUrl } = await app.logged('dispatcher started');
    assert.equal((await fetch(new URL('/readyz', adminUrl))).status, 503);
    const egress = { uid: 'e', consumerGroup: 'g', destination: 'nowhere' };
    const resources = [{ uid: 'b', topics: ['t'], bootstrapServers: '127.0.0.1:1', egresses: [egress] }];
    await writeFile(path, JSON.stringify({ generation: '7', resources }));
    await untilStatus(200, '/readyz', adminUrl);
    const { place } = await app.logged('part of the contract refused; what was served of it goes on');
    assert.equal(place, 'resources[0].egresses[0].destination');
    const metrics = await (await fetch(new URL('/metrics', adminUrl))).text();
    assert.match(metrics, /^eventing_kafka_contract_generation\{[^}]*\} 7$/mu);
    assert.match(metrics, /^eventing_kafka_contract_connected\{[^}]*\} 1$/mu);
    assert.match(metrics, /^eventing_kafka_contract_refused\{[^}]*\} 1$/mu);
    app.child.kill('SIGTERM');
    assert.equal(await app.exitCode(), 0, app.stderr);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a contract from a file and from a controller is one too many', { timeout: 60_000 }, async () => {
  await using app = start({ CONTRACT_ADDRESS: '127.0.0.1:8090' }, '--contract', '/none/contract.json');
  assert.equal(await app.exitCode(), 2);
  assert.match(app.stderr, /CONTRACT_FILE and CONTRACT_ADDRESS both say what to serve; set the file or the address/);
});

test('a certificate that is missing is one line and exit code 1', { timeout: 60_000 }, async () => {
  const files = { CONTRACT_CA_FILE: '/none/ca', CONTRACT_CERT_FILE: '/none/ca', CONTRACT_KEY_FILE: '/none/ca' };
  await using app = start(files);
  assert.equal(await app.exitCode(), 1);
  assert.match(app.stderr, /^[^\n]*CONTRACT_CA_FILE names \/none\/ca, which does not exist; name a PEM file[^\n]*\n$/);
});

test('says every setting that is wrong, and ends with exit code 2', { timeout: 60_000 }, async () => {
  await using app = start({}, '--max-in-flight', 'many', '--contract-address', 'nowhere');
  assert.equal(await app.exitCode(), 2);
  assert.match(app.stderr, /--max-in-flight is "many"/);
  assert.match(app.stderr, /--contract-address is "nowhere"/);
});
