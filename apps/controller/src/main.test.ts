import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { subscribeToContracts } from '@eventing-kafka/contract-stream';
import { silentLogger } from '@eventing-kafka/logging';
import type { ReconcilerStatus } from '@eventing-kafka/reconciler';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const flags = process.execArgv.filter((flag) => flag.startsWith('--conditions'));

function start(env: Readonly<Record<string, string>>, ...args: readonly string[]): ChildProcess {
  const fixed = { ADMIN_HOST: '127.0.0.1', ADMIN_PORT: '0', CONTRACT_PORT: '0', LOG_FORMAT: 'json' };
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

test('starts, serves a contract and a status, and stops with exit code 0', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'controller-'));
  await writeFile(
    join(folder, 'broker.yaml'),
    'apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: orders}\nspec: {config: {kind: Pod, name: x}}\n',
  );
  const app = start({ MANIFESTS: folder });
  try {
    const { contractAddress, adminUrl } = await logged(app, 'controller started');
    assert.ok(contractAddress);
    while ((await fetch(new URL('/readyz', adminUrl))).status !== 200) await pause(20);
    await using receiver = await subscribeToContracts({
      target: contractAddress,
      security: { kind: 'insecure' },
      identity: { nodeId: 'r1', kind: 'receiver', namespace: '' },
      apply: () => Promise.resolve([]),
      logger: silentLogger,
    });
    await receiver.firstApplied;
    const status = (await (await fetch(new URL('/status', adminUrl))).json()) as ReconcilerStatus;
    const [broker] = status.resources;
    assert.equal(broker?.metadata.name, 'orders');
    const ready = broker.status.conditions.find(({ type }) => type === 'Ready');
    assert.equal(ready?.reason, 'supported config Kind: ConfigMap - got Pod');
    assert.deepEqual(
      status.processes.map(({ nodeId }) => nodeId),
      ['r1'],
    );
    app.kill('SIGTERM');
    assert.deepEqual(await once(app, 'exit'), [0, null]);
  } finally {
    app.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
});

test('a folder that is missing is one line and exit code 1', { timeout: 60_000 }, async () => {
  const app = start({}, '--manifests', join(tmpdir(), 'no-such-folder'));
  const errors = await standardError(app);
  assert.equal(app.exitCode, 1);
  assert.match(errors, /^[^\n]*no-such-folder does not exist; make it, or name another one[^\n]*\n$/);
});

test('says every setting that is wrong, and ends with exit code 2', { timeout: 60_000 }, async () => {
  const app = start({}, '--contract-port', '70000', '--ingress-url', 'nowhere');
  const errors = await standardError(app);
  assert.equal(app.exitCode, 2);
  for (const name of ['--contract-port', '--ingress-url', '--manifests']) assert.ok(errors.includes(name), name);
});
