import type { KafkaClients } from '../interfaces.ts';
import { KafkaError } from '../kafka-error.ts';
import type { Logger } from '@eventing-kafka/logging';

/** What the embedded Kafka may be told. */
export interface EmbeddedKafkaOptions {
  /** Default 1. */
  readonly brokers?: number;
  /** Partitions of a topic that is made by using it. 1 to 4. Default 4. */
  readonly partitions?: number;
  readonly logger?: Logger;
}

/** A Kafka within this process. */
export interface EmbeddedKafka extends AsyncDisposable {
  /** Other processes on this machine can connect to it. */
  readonly bootstrapServers: string;
  readonly clients: KafkaClients;
}

/** Starts librdkafka's mock cluster. */
export function startEmbeddedKafka(_options: EmbeddedKafkaOptions = {}): Promise<EmbeddedKafka> {
  return Promise.reject(new KafkaError('KAFKA_OTHER', 'not built yet'));
}
