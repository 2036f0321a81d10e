/** The public names of `@eventing-kafka/local-kafka`, listed one by one. */
export { isLocalKafkaError, LocalKafkaError } from './local-kafka-error.ts';
export type { LocalKafkaErrorCode } from './local-kafka-error.ts';
export { startLocalKafka } from './local-kafka.ts';
export type { LocalKafka, LocalKafkaOptions } from './local-kafka.ts';
