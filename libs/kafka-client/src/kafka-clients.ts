import type { KafkaClients } from './interfaces.ts';
import { KafkaError } from './kafka-error.ts';
import type { Logger } from '@eventing-kafka/logging';

/** What a driver may be told. */
export interface KafkaClientsOptions {
  /** Gets the drivers' own log lines and what they recovered from. Default: none. */
  readonly logger?: Logger;
  /** `client.id` as the brokers see it. Default `eventing-kafka`. */
  readonly clientId?: string;
}

/** The driver of real Kafka clusters. */
export function createKafkaClients(_options: KafkaClientsOptions = {}): KafkaClients {
  throw new KafkaError('KAFKA_OTHER', 'not built yet');
}
