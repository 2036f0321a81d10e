import { createHash } from 'node:crypto';
import { KubernetesError } from '../errors.ts';
import { inClusterConfig } from './in-cluster-config.ts';

/** Where the cluster is, and as whom. */
export interface KubeConfigOptions {
  /**
   * Path of a kubeconfig; absent: `KUBECONFIG`, then the service account of the Pod this runs in, then `~/.kube/config`.
   */
  readonly kubeconfig?: string;
  /** Context of the kubeconfig; absent: its current one. */
  readonly context?: string;
}

/** TLS settings of a connection. */
export interface TlsCredentials {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** What a connection needs to be accepted by the server, as it is now: tokens and certificates change. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsCredentials;
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
  /** @throws KubernetesError `KUBERNETES_CONFIG` */
  credentials(): Promise<Credentials>;
}

/**
 * Finds where the cluster is and how to be let in.
 *
 * @throws KubernetesError `KUBERNETES_CONFIG`
 */
export async function loadClusterConfig(options: KubeConfigOptions): Promise<ClusterConfig> {
  // As kubectl does: what configures the way to a cluster is the environment's, in whatever process.
  const isNamed = options.kubeconfig !== undefined || (process.env['KUBECONFIG'] ?? '') !== '';
  const inCluster = isNamed ? undefined : await inClusterConfig(process.env);
  if (inCluster !== undefined) return inCluster;
  // 60 MB and a second of a library that a process in a Pod never needs.
  const { kubeconfigFile } = await import('./kubeconfig-file.ts');
  return kubeconfigFile(options);
}

/** Credentials, with what tells them apart. */
export function credentialsOf(headers: Readonly<Record<string, string>>, tls: TlsCredentials): Credentials {
  return { headers, tls, tlsDigest: createHash('sha256').update(JSON.stringify(tls)).digest('base64') };
}

/** @internal */
export function configError(message: string, cause?: unknown): KubernetesError {
  return new KubernetesError('KUBERNETES_CONFIG', message, { cause });
}
