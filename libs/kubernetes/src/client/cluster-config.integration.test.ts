import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isKubernetesError } from '../errors.ts';
import { loadClusterConfig } from './cluster-config.ts';
import { inClusterConfig } from './in-cluster-config.ts';

const folder = await mkdtemp(join(tmpdir(), 'cluster-config-'));
after(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

const kubeconfig = (cluster: object, user: object): string =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server: 'https://api.example:6443/', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
    'current-context': 'x',
  });

test('a kubeconfig says where the cluster is, and as whom', async () => {
  const path = await file('config', kubeconfig({ 'insecure-skip-tls-verify': true }, { token: 'abc' }));
  const config = await loadClusterConfig({ kubeconfig: path });
  assert.deepEqual([config.server, config.namespace], ['https://api.example:6443', 'shop']);
  const { headers, tls } = await config.credentials();
  assert.equal(headers['Authorization'], 'Bearer abc');
  assert.equal(tls.rejectUnauthorized, false);
});

test('KUBECONFIG names a kubeconfig', async () => {
  const path = await file('config', kubeconfig({}, {}));
  process.env['KUBECONFIG'] = path;
  after(() => delete process.env['KUBECONFIG']);
  assert.equal((await loadClusterConfig({})).server, 'https://api.example:6443');
});

for (const [name, text, context, expected] of [
  ['is not there', undefined, undefined, /cannot read the kubeconfig .*none/],
  ['has no such context', kubeconfig({}, {}), 'y', /no usable context "y" \(it has x\)/],
  ['asks for a SOCKS proxy', kubeconfig({ 'proxy-url': 'socks5://p:1' }, {}), undefined, /only HTTP proxies/],
] as const) {
  test(`a kubeconfig that ${name} is refused with the reason`, async () => {
    const path = text === undefined ? join(folder, 'none') : await file('refused', text);
    const options = { kubeconfig: path, ...(context === undefined ? {} : { context }) };
    await assert.rejects(loadClusterConfig(options), (error) => {
      assert.ok(isKubernetesError(error, 'KUBERNETES_CONFIG'));
      assert.match(error.message, expected);
      return true;
    });
  });
}

test('in a Pod, the service account is used, and its token is read again when it is replaced', async () => {
  await file('token', 'one\n');
  await file('ca.crt', 'pem');
  await file('namespace', 'knative-eventing');
  const env = { KUBERNETES_SERVICE_HOST: '2001:db8::1', KUBERNETES_SERVICE_PORT: '443' };
  const config = await inClusterConfig(env, folder);
  assert.deepEqual([config?.server, config?.namespace], ['https://[2001:db8::1]:443', 'knative-eventing']);
  const before = await config?.credentials();
  await file('token', 'two\n');
  const now = await config?.credentials();
  assert.deepEqual([before?.headers, now?.headers], [{ authorization: 'Bearer one' }, { authorization: 'Bearer two' }]);
  assert.equal(before?.tlsDigest, now?.tlsDigest);
});

test('outside a Pod there is no service account', async () => {
  assert.equal(await inClusterConfig({}, folder), undefined);
  assert.equal(await inClusterConfig({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, join(folder, 'not-mounted')), undefined);
});
