/** The public names of `@eventing-kafka/local-kafka/certificates`: apart, because it loads what most users of a local Kafka do not need. */
export { makeCertificates } from '../local-certificates.ts';
