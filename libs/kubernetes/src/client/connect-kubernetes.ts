import { KubernetesClient } from './kubernetes-client.ts';
import { loadClusterConfig } from './cluster-config.ts';
import type { KubeConfigOptions } from './cluster-config.ts';
import { Transport } from './transport.ts';

/** Where the cluster is, and who calls. */
export interface ConnectKubernetesOptions extends KubeConfigOptions {
  /** How the caller shows in audit logs: `eventing-kafka-controller/0.1.0`. */
  readonly userAgent: string;
}

/**
 * A client for the cluster of a kubeconfig, or of the Pod this runs in. Reads the credentials, so that mistakes show now; does not wait for
 * the server, which may be away. Tokens and certificates that are rotated are taken up within 10 seconds.
 *
 * @throws KubernetesError `KUBERNETES_CONFIG`
 */
export async function connectKubernetes(options: ConnectKubernetesOptions): Promise<KubernetesClient> {
  const config = await loadClusterConfig(options);
  await config.credentials();
  return new KubernetesClient(config.server, config.namespace, new Transport(config, options.userAgent));
}
