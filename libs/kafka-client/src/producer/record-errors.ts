import { KafkaError } from '../kafka-error.ts';
import type { OutgoingRecord } from '../records.ts';

/** More bytes wait for Kafka than may. */
export function queueFull(bytes: number): KafkaError {
  const text = `${bytes} bytes wait for Kafka's acknowledgement already: send less, or later`;
  return new KafkaError('KAFKA_QUEUE_FULL', text, { retriable: true });
}

/** A record is larger than any may be. */
export function tooLarge(record: OutgoingRecord, bytes: number, limit: number): KafkaError {
  return new KafkaError(
    'KAFKA_TOO_LARGE',
    `a record of ${bytes} bytes for ${record.topic} is refused: at most ${limit}`,
  );
}

/** A record names a partition that its topic has not. */
export function noPartition(record: OutgoingRecord): KafkaError {
  const text = `topic ${record.topic} has no partition ${record.partition ?? -1}`;
  return new KafkaError('KAFKA_UNKNOWN_TOPIC', text, { retriable: true });
}

/** The time for a record is over; `trouble` is what kept Kafka from taking it, as far as that is known. */
export function notDeliveredInTime(topic: string, timeoutMs: number, trouble: KafkaError | undefined): KafkaError {
  const limit = `within ${timeoutMs} ms`;
  if (trouble === undefined) {
    return new KafkaError('KAFKA_TIMEOUT', `Kafka did not acknowledge a record for ${topic} ${limit}`, {
      retriable: true,
    });
  }
  return new KafkaError(trouble.code, `a record for ${topic} was not delivered ${limit}: ${trouble.message}`, {
    retriable: true,
    cause: trouble,
  });
}
