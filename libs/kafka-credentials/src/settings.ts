import { combineSettings, defineSettings, type SettingsOf } from '@eventing-kafka/config';
import { inClusterClientOf, inClusterSettings } from '@eventing-kafka/in-cluster';
import { createPodSecretReader } from './pod-secret-reader.ts';
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
export const podCredentialsSettings = combineSettings(inClusterSettings, awsRegionSettings);

/** The typed settings of {@link podCredentialsSettings}. */
export type PodCredentialsSettings = SettingsOf<typeof podCredentialsSettings>;

/** Options of `createSecurityResolver` as the settings say; undefined outside of Kubernetes, where there are no Secrets. */
export function podCredentialsOptions(
  settings: PodCredentialsSettings,
): Pick<SecurityResolverOptions, 'reader' | 'defaultRegion'> | undefined {
  const client = inClusterClientOf(settings);
  if (client === undefined) return undefined;
  return { reader: createPodSecretReader(client), defaultRegion: defaultRegionOf(settings) };
}

/** The region of a Secret that names none; undefined: the default of `parseKafkaCredentials`. */
export function defaultRegionOf({
  awsRegion,
  awsDefaultRegion,
}: SettingsOf<typeof awsRegionSettings>): string | undefined {
  return awsRegion ?? awsDefaultRegion;
}
