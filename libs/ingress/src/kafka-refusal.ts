import type { KafkaErrorCode } from '@eventing-kafka/kafka-client';
import { isKafkaError } from '@eventing-kafka/kafka-client';
import type { RefusalReason } from './refusals.ts';

const reasons: Readonly<Record<KafkaErrorCode, RefusalReason>> = {
  KAFKA_UNREACHABLE: 'kafka-unreachable',
  KAFKA_TIMEOUT: 'kafka-timeout',
  KAFKA_TOO_LARGE: 'record-too-large',
  KAFKA_AUTHENTICATION: 'kafka-denied',
  KAFKA_AUTHORIZATION: 'kafka-denied',
  KAFKA_UNKNOWN_TOPIC: 'unknown-topic',
  KAFKA_QUEUE_FULL: 'kafka-queue-full',
  KAFKA_INVALID_RECORD: 'record-refused',
  KAFKA_FATAL: 'kafka-failed',
  KAFKA_CLOSED: 'kafka-failed',
  KAFKA_INVALID_CONFIG: 'kafka-failed',
  KAFKA_GROUP_HAS_MEMBERS: 'kafka-failed',
  KAFKA_OFFSET_OUT_OF_RANGE: 'kafka-failed',
  KAFKA_OTHER: 'kafka-failed',
};

/** What a failed send means for the sender: what can never succeed apart from what may later (F-08). Ours to blame if it is no Kafka error. */
export function refusalOfSendError(error: unknown): RefusalReason {
  if (!isKafkaError(error)) return 'internal-error';
  // A newer copy of the client may know codes that this table does not.
  return (reasons as Partial<Record<string, RefusalReason>>)[error.code] ?? 'kafka-failed';
}
