import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { KubernetesError } from '../errors.ts';

/** Where the cluster is, and as whom. */
export interface KubeConfigOptions {
  /** Path of a kubeconfig; absent: `KUBECONFIG`, then `~/.kube/config`, then the service account of the Pod this runs in. */
  readonly kubeconfig?: string;
  /** Context of the kubeconfig; absent: its current one. */
  readonly context?: string;
}

/** What a connection needs to be accepted by the server, as it is now: tokens and certificates change. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  /** Equal for equal `tls`. */
  readonly tlsDigest: string;
}

/** A cluster, and the way to the credentials for it. */
export interface ClusterConfig {
  /** `https://10.0.0.1:443`, with the path it may have. */
  readonly server: string;
  /** HTTP proxy to the server; absent: none. */
  readonly proxyUrl?: string;
  /** Of the context, or of the Pod this runs in. */
  readonly namespace?: string;
  credentials(): Promise<Credentials>;
}

/**
 * Reads where the cluster is and how to be let in. Everything that kubeconfigs can say about credentials works: tokens, token files,
 * client certificates, plugins (`exec`), OIDC.
 *
 * @throws KubernetesError `KUBERNETES_CONFIG`
 */
export function loadClusterConfig({ kubeconfig, context }: KubeConfigOptions): ClusterConfig {
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
    credentials: () => credentialsOf(config),
  };
}

async function credentialsOf(config: KubeConfig): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    throw configError(
      `the credentials of context "${config.getCurrentContext()}" cannot be used: ${textOf(cause)}`,
      cause,
    );
  }
  const { ca, cert, key, servername, rejectUnauthorized } = options as Credentials['tls'];
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value);
  if (typeof options.auth === 'string')
    headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const tlsDigest = createHash('sha256').update(JSON.stringify(tls)).digest('base64');
  return { headers, tls, tlsDigest };
}

function configError(message: string, cause?: unknown): KubernetesError {
  return new KubernetesError('KUBERNETES_CONFIG', message, { cause });
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
