/** The public names of `@eventing-kafka/cluster-identity`, listed one by one. */
export { clusterSecretStore } from './secret-store.ts';
export type { ClusterSecretStoreOptions } from './secret-store.ts';
export { podOfReview, podOfToken } from './pod-token.ts';
export type { PodTokenOutcome, TokenPod } from './pod-token.ts';
export { keepWebhooksTrusted } from './webhook-trust.ts';
export type { WebhookTrustOptions } from './webhook-trust.ts';
