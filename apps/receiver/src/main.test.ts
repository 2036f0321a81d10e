import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProcess, untilStatus, type RunningProcess } from '@eventing-kafka/app-runtime/testing';
import { Resource, contractState, Contract } from '@eventing-kafka/contract';
import { startContractServer } from '@eventing-kafka/contract-stream';
import { startEmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import { silentLogger } from '@eventing-kafka/logging';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

function start(env: Readonly<Record<string, string>>, ...args: readonly string[]): RunningProcess {
  const fixed = { ADMIN_HOST: '127.0.0.1', ADMIN_PORT: '0', INGRESS_HOST: '127.0.0.1', LOG_FORMAT: 'json' };
  return startProcess([main, ...args], { env: { ...fixed, ...env } });
}

test('starts, takes a contract, accepts an event, and stops with exit code 0', { timeout: 60_000 }, async () => {
  await using kafka = await startEmbeddedKafka();
  await using server = await startContractServer({
    host: '127.0.0.1',
    port: 0,
    epoch: 1n,
    security: { kind: 'insecure' },
    logger: silentLogger,
  });
  await using app = start({ INGRESS_PORT: '0', CONTRACT_ADDRESS: `127.0.0.1:${server.port}`, NODE_ID: 'r1' });
  const { url, adminUrl } = await app.logged('receiver started');
  assert.equal((await fetch(new URL('/readyz', url))).status, 503);
  assert.equal((await fetch(new URL('/readyz', adminUrl))).status, 503);
  const broker = Resource.fromPartial({
    uid: 'b',
    topics: ['t'],
    bootstrapServers: kafka.bootstrapServers,
    ingress: { path: '/ns/b' },
  });
  server.publish(contractState(Contract.fromPartial({ resources: [broker] })));
  await untilStatus(200, '/readyz', adminUrl);
  assert.deepEqual(
    server.processes().map(({ nodeId, kind }) => [nodeId, kind]),
    [['r1', 'receiver']],
  );
  const headers = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/test', 'ce-type': 'test' };
  const answer = await fetch(new URL('/ns/b', url), { method: 'POST', headers, body: 'hello' });
  assert.equal(answer.status, 202);
  assert.match(
    await (await fetch(new URL('/metrics', adminUrl))).text(),
    /kn_eventing_dispatch_latency_ms_count\{.*202.*\} 1/,
  );
  app.child.kill('SIGTERM');
  assert.equal(await app.exitCode(), 0, app.stderr);
});

test('takes a contract from a file and follows it', { timeout: 60_000 }, async () => {
  await using kafka = await startEmbeddedKafka();
  const folder = await mkdtemp(join(tmpdir(), 'receiver-contract-'));
  try {
    const path = join(folder, 'contract.json');
    const write = (route: string): Promise<void> => {
      const broker = { uid: 'b', topics: ['t'], bootstrapServers: kafka.bootstrapServers, ingress: { path: route } };
      return writeFile(path, JSON.stringify({ generation: '1', resources: [broker] }));
    };
    await write('/ns/b');
    await using app = start({ INGRESS_PORT: '0' }, '--contract', path);
    const { url, adminUrl } = await app.logged('receiver started');
    await untilStatus(200, '/readyz', adminUrl);
    const headers = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/test', 'ce-type': 'test' };
    const post = async (route: string): Promise<number> =>
      (await fetch(new URL(route, url), { method: 'POST', headers, body: 'hello' })).status;
    assert.equal(await post('/ns/b'), 202);
    await write('/ns/c');
    while ((await post('/ns/c')) === 404) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await post('/ns/c'), 202);
    assert.equal(await post('/ns/b'), 404);
    app.child.kill('SIGTERM');
    assert.equal(await app.exitCode(), 0, app.stderr);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('a port in use is one line and exit code 1', { timeout: 60_000 }, async () => {
  await using server = await startContractServer({
    host: '127.0.0.1',
    port: 0,
    epoch: 1n,
    security: { kind: 'insecure' },
    logger: silentLogger,
  });
  await using app = start({ INGRESS_PORT: String(server.port) });
  assert.equal(await app.exitCode(), 1);
  assert.match(app.stderr, /^[^\n]*port is in use[^\n]*\n$/);
});

test('says every setting that is wrong, and ends with exit code 2', { timeout: 60_000 }, async () => {
  await using app = start({}, '--port', '70000', '--contract-address', 'nowhere');
  assert.equal(await app.exitCode(), 2);
  assert.match(app.stderr, /--port is "70000"/);
  assert.match(app.stderr, /--contract-address is "nowhere"/);
});
