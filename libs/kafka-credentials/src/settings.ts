import { combineSettings, defineSettings, type SettingsOf } from '@eventing-kafka/config';
import { createPodSecretReader, defaultServiceAccountDir } from './pod-secret-reader.ts';
import type { SecurityResolverOptions } from './security-resolver.ts';

/** Where in AWS a Kafka is, as the environment of AWS's own programs says it. */
export const awsRegionSettings = defineSettings({
  awsRegion: {
    kind: 'text',
    env: 'AWS_REGION',
    optional: true,
    description: 'region of an MSK cluster whose Secret names none',
  },
  awsDefaultRegion: {
    kind: 'text',
    env: 'AWS_DEFAULT_REGION',
    optional: true,
    description: 'the same, when `AWS_REGION` is not set; else `us-east-1`',
  },
});

/** What the environment of a Pod says about reading Secrets, and what an operator may set of it. */
export const podCredentialsSettings = combineSettings(
  defineSettings({
    kubernetesHost: {
      kind: 'text',
      env: 'KUBERNETES_SERVICE_HOST',
      optional: true,
      description:
        'address of the API server that Secrets with Kafka credentials are read from; Kubernetes sets it in a Pod',
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
      description: 'folder with the `token` and `ca.crt` of the ServiceAccount that reads them',
    },
  }),
  awsRegionSettings,
);

/** The typed settings of {@link podCredentialsSettings}. */
export type PodCredentialsSettings = SettingsOf<typeof podCredentialsSettings>;

/** Options of `createSecurityResolver` as the settings say; undefined outside of Kubernetes, where there are no Secrets. */
export function podCredentialsOptions(
  settings: PodCredentialsSettings,
): Pick<SecurityResolverOptions, 'reader' | 'defaultRegion'> | undefined {
  const { kubernetesHost, kubernetesPort, serviceAccountDir } = settings;
  if (kubernetesHost === undefined) return undefined;
  return {
    reader: createPodSecretReader({ host: kubernetesHost, port: kubernetesPort, serviceAccountDir }),
    defaultRegion: defaultRegionOf(settings),
  };
}

/** The region of a Secret that names none; undefined: the default of `parseKafkaCredentials`. */
export function defaultRegionOf({
  awsRegion,
  awsDefaultRegion,
}: SettingsOf<typeof awsRegionSettings>): string | undefined {
  return awsRegion ?? awsDefaultRegion;
}
