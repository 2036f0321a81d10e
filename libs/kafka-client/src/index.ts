/** The public names of `@eventing-kafka/kafka-client`, listed one by one. */
export type { KafkaCluster, KafkaSecurity, OAuthToken, OAuthTokenProvider } from './cluster.ts';
export type {
  CommittedOffset,
  EventProducer,
  FeedHandler,
  FeedOptions,
  KafkaClients,
  NewTopic,
  OffsetCommit,
  OffsetCommitResult,
  OffsetRequest,
  OffsetStore,
  ProducerSettings,
  ReaderOptions,
  RecordFeed,
  StartPosition,
  TopicAdmin,
  TopicDescription,
} from './interfaces.ts';
export { createKafkaClients } from './kafka-clients.ts';
export type { KafkaClientsOptions } from './kafka-clients.ts';
export { isKafkaError, KafkaError } from './kafka-error.ts';
export type { KafkaErrorCode, KafkaErrorOptions } from './kafka-error.ts';
export type { KafkaRecord, OutgoingHeader, OutgoingRecord, RecordHeader, RecordPosition } from './records.ts';
export { refusedCredentialsFinder } from './refused-credentials.ts';
export type { FindRefusedCredentials } from './refused-credentials.ts';
