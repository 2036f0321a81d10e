import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProcess, untilStatus, type RunningProcess } from '@eventing-kafka/app-runtime/testing';
import { subscribeToContracts } from '@eventing-kafka/contract-stream';
import { silentLogger } from '@eventing-kafka/logging';
import type { ReconcilerStatus } from '@eventing-kafka/reconciler';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

function start(env: Readonly<Record<string, string>>, ...args: readonly string[]): RunningProcess {
  const fixed = { ADMIN_HOST: '127.0.0.1', ADMIN_PORT: '0', CONTRACT_PORT: '0', LOG_FORMAT: 'json' };
  return startProcess([main, ...args], { env: { ...fixed, ...env } });
}

test('starts, serves a contract and a status, and stops with exit code 0', { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'controller-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(
    join(folder, 'broker.yaml'),
    'apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {name: orders}\nspec: {config: {kind: Pod, name: x}}\n',
  );
  await using app = start({ MANIFESTS: folder });
  const { contractAddress, adminUrl } = await app.logged('controller started');
  assert.ok(contractAddress);
  await untilStatus(200, '/readyz', adminUrl);
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
  app.child.kill('SIGTERM');
  assert.equal(await app.exitCode(), 0, app.stderr);
});

test('a folder that is missing is one line and exit code 1', { timeout: 60_000 }, async () => {
  await using app = start({}, '--manifests', join(tmpdir(), 'no-such-folder'));
  assert.equal(await app.exitCode(), 1);
  assert.match(app.stderr, /^[^\n]*no-such-folder does not exist; make it, or name another one[^\n]*\n$/);
});

test('says every setting that is wrong, and ends with exit code 2', { timeout: 60_000 }, async () => {
  await using app = start({}, '--contract-port', '70000', '--ingress-url', 'nowhere');
  assert.equal(await app.exitCode(), 2);
  for (const name of ['--contract-port', '--ingress-url']) assert.ok(app.stderr.includes(name), name);
});

test(
  'without a folder, and without a cluster, one line says what to set, and the exit code is 1',
  { timeout: 60_000 },
  async () => {
    await using app = start({ KUBECONFIG: '', HOME: join(tmpdir(), 'no-such-home') });
    assert.equal(await app.exitCode(), 1);
    assert.match(app.stderr, /^[^\n]*no Kubernetes cluster is configured: [^\n]*--manifests[^\n]*\n$/);
  },
);

test('a kubeconfig that does not exist is one line, and the exit code is 1', { timeout: 60_000 }, async () => {
  await using app = start({ KUBECONFIG: join(tmpdir(), 'no-such-kubeconfig') });
  assert.equal(await app.exitCode(), 1);
  assert.match(app.stderr, /^[^\n]*no-such-kubeconfig[^\n]*\n$/);
});
