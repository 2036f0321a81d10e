import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { configError, credentialsOf } from './cluster-config.ts';
import type { ClusterConfig } from './cluster-config.ts';

const mountedAt = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The cluster of the Pod this runs in, as its service account; undefined: this runs in none. The token and the authority are read from their
 * files each time, as the kubelet replaces them.
 */
export async function inClusterConfig(env: NodeJS.ProcessEnv, folder = mountedAt): Promise<ClusterConfig | undefined> {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (host === '') return undefined;
  const token = (): Promise<string> => readFile(join(folder, 'token'), 'utf8');
  const isMounted = await token().then(
    () => true,
    () => false,
  );
  if (!isMounted) return undefined;
  const namespace = await readFile(join(folder, 'namespace'), 'utf8').catch(() => '');
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    ...(namespace.trim() === '' ? {} : { namespace: namespace.trim() }),
    async credentials() {
      try {
        const [bearer, ca] = await Promise.all([token(), readFile(join(folder, 'ca.crt'), 'utf8')]);
        return credentialsOf({ authorization: `Bearer ${bearer.trim()}` }, { ca });
      } catch (cause) {
        throw configError(`the service account in ${folder} cannot be read: ${String(cause)}`, cause);
      }
    },
  };
}
