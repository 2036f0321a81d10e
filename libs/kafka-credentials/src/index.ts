/** The public names of `@eventing-kafka/kafka-credentials`, listed one by one. */
export type { CredentialFields, SecretData } from './credential-fields.ts';
export { CredentialsError, isCredentialsError } from './credentials-error.ts';
export type { CredentialsErrorCode } from './credentials-error.ts';
export { gatherFields } from './gather-fields.ts';
export { mskTokenProvider } from './msk-token-provider.ts';
export type { MskTokenSource } from './msk-token-provider.ts';
export { checkFields, parseKafkaCredentials } from './parse-kafka-credentials.ts';
export type { KafkaCredentialsOptions } from './parse-kafka-credentials.ts';
export { createPodSecretReader } from './pod-secret-reader.ts';
export type { SecretReader } from './secret-reader.ts';
export { createSecurityResolver } from './security-resolver.ts';
export type { SecurityResolverOptions } from './security-resolver.ts';
export { awsRegionSettings, defaultRegionOf, podCredentialsOptions, podCredentialsSettings } from './settings.ts';
export type { PodCredentialsSettings } from './settings.ts';
