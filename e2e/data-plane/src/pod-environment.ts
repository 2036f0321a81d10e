import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiServer } from '@eventing-kafka/e2e-support';

/** What `kubectl config view -o json` says, as far as it is needed. */
interface ShownConfig {
  readonly clusters: readonly {
    readonly cluster: {
      readonly server: string;
      readonly 'certificate-authority-data'?: string;
      readonly 'certificate-authority'?: string;
    };
  }[];
}

/** Whose Pod it would be, and an empty folder for what would be mounted there. */
export interface PodOptions {
  readonly namespace: string;
  readonly account: string;
  readonly folder: string;
}

/** What a Pod of a ServiceAccount finds in its environment; its token and CA are written to the folder. */
export async function podEnvironment(
  api: ApiServer,
  { namespace, account, folder }: PodOptions,
): Promise<Readonly<Record<string, string>>> {
  const shown = await api.kubectl(['config', 'view', '--raw', '--minify', '--output', 'json']);
  const cluster = (JSON.parse(shown) as ShownConfig).clusters[0]?.cluster;
  assert.ok(cluster !== undefined);
  const embedded = cluster['certificate-authority-data'];
  const ca =
    embedded === undefined
      ? await readFile(cluster['certificate-authority'] ?? '', 'utf8')
      : Buffer.from(embedded, 'base64').toString();
  await writeFile(join(folder, 'ca.crt'), ca);
  await writeFile(join(folder, 'token'), await api.kubectl(['create', 'token', account, '--namespace', namespace]));
  const { hostname, port } = new URL(cluster.server);
  return {
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port === '' ? '443' : port,
    SERVICE_ACCOUNT_DIR: folder,
  };
}
