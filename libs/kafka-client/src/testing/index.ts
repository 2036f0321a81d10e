/** The public names of `@eventing-kafka/kafka-client/testing`, listed one by one. */
export { startEmbeddedKafka } from './embedded-kafka.ts';
export type { EmbeddedKafka, EmbeddedKafkaOptions } from './embedded-kafka.ts';
export { addPartitions } from './add-partitions.ts';
export { sendInTransaction } from './send-in-transaction.ts';
export type { TransactionRecord } from './send-in-transaction.ts';
export { deleteRecords } from './delete-records.ts';
