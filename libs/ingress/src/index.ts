/** The public names of `@eventing-kafka/ingress`, listed one by one. */
export { followDiscoveryBaseUrl } from './discovery-base-url.ts';
export type { FollowDiscoveryBaseUrlOptions } from './discovery-base-url.ts';
export { IngressError, isIngressError } from './ingress-error.ts';
export type { IngressErrorCode } from './ingress-error.ts';
export { defaultIngressLimits } from './limits.ts';
export type { IngressLimits } from './limits.ts';
export type { EventTypeSighting, ReportEventType } from './event-types.ts';
export { refusals } from './refusals.ts';
export type { Refusal, RefusalReason } from './refusals.ts';
export type { ResolveSecurity } from './route-credentials.ts';
export { startIngress } from './start-ingress.ts';
export type { Ingress, IngressOptions } from './start-ingress.ts';
export { followTransportEncryption, parseTransportEncryption } from './transport-encryption.ts';
export type { FollowTransportEncryptionOptions, TransportEncryption } from './transport-encryption.ts';
export type { TlsOptions } from './tls-listener.ts';
