import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Resource, contractState, Contract } from '@eventing-kafka/contract';
import { startContractServer } from '@eventing-kafka/contract-stream';
import { startEmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import { silentLogger } from '@eventing-kafka/logging';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const flags = process.execArgv.filter((flag) => flag.startsWith('--conditions'));

function start(env: Readonly<Record<string, string>>, ...args: readonly string[]): ChildProcess {
  const fixed = { ADMIN_HOST: '127.0.0.1', ADMIN_PORT: '0', INGRESS_HOST: '127.0.0.1', LOG_FORMAT: 'json' };
  return spawn(process.execPath, [...flags, main, ...args], { env: { ...process.env, ...fixed, ...env } });
}

async function logged(app: ChildProcess, message: string): Promise<Readonly<Record<string, string>>> {
  assert.ok(app.stdout);
  for await (const line of createInterface(app.stdout)) {
    const entry = JSON.parse(line) as Record<string, string>;
    if (entry['message'] !== message) continue;
    app.stdout.resume();
    return entry;
  }
  throw new Error(`ended without "${message}"`);
}

async function standardError(app: ChildProcess): Promise<string> {
  let text = '';
  app.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(app, 'close');
  return text;
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
  const app = start({ INGRESS_PORT: '0', CONTRACT_ADDRESS: `127.0.0.1:${server.port}`, NODE_ID: 'r1' });
  try {
    const { url, adminUrl } = await logged(app, 'receiver started');
    assert.equal((await fetch(new URL('/readyz', url))).status, 503);
    assert.equal((await fetch(new URL('/readyz', adminUrl))).status, 503);
    const broker = Resource.fromPartial({
      uid: 'b',
      topics: ['t'],
      bootstrapServers: kafka.bootstrapServers,
      ingress: { path: '/ns/b' },
    });
    server.publish(contractState(Contract.fromPartial({ resources: [broker] })));
    while ((await fetch(new URL('/readyz', adminUrl))).status !== 200) await pause(20);
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
    app.kill('SIGTERM');
    assert.deepEqual(await once(app, 'exit'), [0, null]);
  } finally {
    app.kill('SIGKILL');
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
  const app = start({ INGRESS_PORT: String(server.port) });
  const errors = await standardError(app);
  assert.equal(app.exitCode, 1);
  assert.match(errors, /^[^\n]*port is in use[^\n]*\n$/);
});

test('says every setting that is wrong, and ends with exit code 2', { timeout: 60_000 }, async () => {
  const app = start({}, '--port', '70000', '--contract', 'nowhere');
  const errors = await standardError(app);
  assert.equal(app.exitCode, 2);
  assert.match(errors, /--port is "70000"/);
  assert.match(errors, /--contract is "nowhere"/);
});
