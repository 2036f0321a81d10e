import { defineSettings, type SettingsOf } from '@eventing-kafka/config';
import { createInClusterClient, defaultServiceAccountDir, type InClusterClient } from './in-cluster-client.ts';

/** What the environment of a Pod says about the API server, and what an operator may set of it. */
export const inClusterSettings = defineSettings({
  kubernetesHost: {
    kind: 'text',
    env: 'KUBERNETES_SERVICE_HOST',
    optional: true,
    description: 'address of the API server of the cluster; Kubernetes sets it in a Pod',
  },
  kubernetesPort: {
    kind: 'port',
    env: 'KUBERNETES_SERVICE_PORT',
    default: 443,
    description: 'its port; Kubernetes sets it in a Pod',
  },
  serviceAccountDir: {
    kind: 'text',
    env: 'SERVICE_ACCOUNT_DIR',
    flag: 'service-account-dir',
    default: defaultServiceAccountDir,
    description: 'folder with the `token` and `ca.crt` of the ServiceAccount that asks it',
  },
});

/** The typed settings of {@link inClusterSettings}. */
export type InClusterSettings = SettingsOf<typeof inClusterSettings>;

/** A client as the settings say; undefined outside of Kubernetes. */
export function inClusterClientOf(settings: InClusterSettings): InClusterClient | undefined {
  const { kubernetesHost: host, kubernetesPort: port, serviceAccountDir } = settings;
  return host === undefined ? undefined : createInClusterClient({ host, port, serviceAccountDir });
}
