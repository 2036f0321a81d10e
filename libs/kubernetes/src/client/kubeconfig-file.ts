import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { configError, credentialsOf } from './cluster-config.ts';
import type { ClusterConfig, Credentials, KubeConfigOptions, TlsCredentials } from './cluster-config.ts';

/**
 * The cluster of a kubeconfig. Everything that kubeconfigs can say about credentials works: tokens, token files, client certificates, plugins
 * (`exec`), OIDC.
 *
 * @throws KubernetesError `KUBERNETES_CONFIG`
 */
export function kubeconfigFile({ kubeconfig, context }: KubeConfigOptions): ClusterConfig {
  const config = new KubeConfig();
  try {
    if (kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(kubeconfig);
  } catch (cause) {
    throw configError(`cannot read the kubeconfig ${kubeconfig ?? 'of this environment'}: ${textOf(cause)}`, cause);
  }
  if (context !== undefined) config.setCurrentContext(context);
  const name = config.getCurrentContext();
  const cluster = config.getCurrentCluster();
  // What the library falls back to when it found nothing at all.
  if (kubeconfig === undefined && cluster?.server === 'http://localhost:8080' && config.clusters.length === 1)
    throw configError('no Kubernetes cluster is configured: set KUBECONFIG, or run in a Pod with a service account');
  if (cluster === null) {
    const known = config.getContexts().map((candidate) => candidate.name);
    throw configError(
      `the kubeconfig has no usable context "${name}" (${known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`})`,
    );
  }
  if (cluster.proxyUrl?.startsWith('socks') === true)
    throw configError(`the kubeconfig asks for the SOCKS proxy ${cluster.proxyUrl}; only HTTP proxies are supported`);
  const namespace = config.getContextObject(name)?.namespace;
  return {
    server: cluster.server.replace(/\/+$/, ''),
    ...(cluster.proxyUrl === undefined ? {} : { proxyUrl: cluster.proxyUrl }),
    ...(namespace === undefined ? {} : { namespace }),
    credentials: () => credentialsFrom(config),
  };
}

async function credentialsFrom(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    throw configError(
      `the credentials of context "${config.getCurrentContext()}" cannot be used: ${textOf(cause)}`,
      cause,
    );
  }
  const { ca, cert, key, servername, rejectUnauthorized } = options as TlsCredentials;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value);
  if (typeof options.auth === 'string')
    headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return credentialsOf(headers, {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  });
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
