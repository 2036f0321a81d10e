import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiServer, startApiServer } from '@eventing-kafka/e2e-support';
import { connectKubernetes, createObject } from '@eventing-kafka/kubernetes';
import type { KubernetesClient } from '@eventing-kafka/kubernetes';

/** How a client differs from that of the administrator. */
export interface ClientChanges {
  /** A user with no rights but those granted to this name. */
  readonly user?: string;
  /** A local port through which the server is reached. */
  readonly port?: number;
}

/** An API server and a client of its administrator, for the tests of one file. */
export interface SuiteCluster extends AsyncDisposable {
  readonly api: ApiServer;
  readonly client: KubernetesClient;
  /** Makes a namespace of its own for a test. */
  namespace(): Promise<string>;
  /** Another client, closed with the suite. */
  connect(changes: ClientChanges): Promise<KubernetesClient>;
  /** Makes a ConfigMap with an entry `value`. */
  configMap(namespace: string, name: string, value?: string): Promise<void>;
}

/** What is read of a kubeconfig. */
interface KubeConfigFile {
  readonly clusters: readonly { readonly cluster: Record<string, unknown> }[];
  readonly users: readonly { readonly user: Record<string, unknown> }[];
}

/** Starts it; disposing ends it. */
export async function suiteCluster(): Promise<SuiteCluster> {
  await using starting = new AsyncDisposableStack();
  const api = starting.use(await startApiServer());
  const folder = await mkdtemp(join(tmpdir(), 'e2e-kubernetes-'));
  starting.defer(() => rm(folder, { recursive: true, force: true }));
  const client = starting.use(await connectKubernetes({ kubeconfig: api.kubeconfig, userAgent: 'e2e' }));
  const running = starting.move();
  return {
    api,
    client,
    async namespace() {
      const name = uniqueName();
      await createObject(client, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      return name;
    },
    async connect({ user, port }) {
      const text = await api.kubectl(['config', 'view', '--raw', '--flatten', '--output=json']);
      const config = JSON.parse(text) as KubeConfigFile;
      for (const entry of config.users) if (user !== undefined) entry.user['as'] = user;
      for (const { cluster } of config.clusters) {
        if (port === undefined) continue;
        cluster['tls-server-name'] = 'kubernetes.default.svc';
        cluster['server'] = `https://127.0.0.1:${port}`;
      }
      const kubeconfig = join(folder, uniqueName());
      await writeFile(kubeconfig, JSON.stringify(config));
      return running.use(await connectKubernetes({ kubeconfig, userAgent: 'e2e' }));
    },
    async configMap(namespace, name, value = 'x') {
      const metadata = { namespace, name };
      await createObject(client, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } });
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A name that no other test has. */
export function uniqueName(): string {
  return `test-${randomBytes(4).toString('hex')}`;
}
