/** The public names of `@eventing-kafka/kafka-client/testing`, listed one by one. */
export { startEmbeddedKafka } from './embedded-kafka.ts';
export type { EmbeddedKafka, EmbeddedKafkaOptions } from './embedded-kafka.ts';
