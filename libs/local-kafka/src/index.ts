/** The public names of `@eventing-kafka/local-kafka`, listed one by one. */
export type { CertificatePair, KeyAlgorithm, LocalCertificates } from './local-certificates.ts';
export { isLocalKafkaError, LocalKafkaError } from './local-kafka-error.ts';
export type { LocalKafkaErrorCode } from './local-kafka-error.ts';
export { startLocalKafka } from './local-kafka.ts';
export type { LocalKafka, LocalKafkaOptions } from './local-kafka.ts';
export type { SaslMechanism, SecureListener } from './secure-listeners.ts';
