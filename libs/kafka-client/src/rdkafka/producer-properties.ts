import type { KafkaCluster } from '../cluster.ts';
import type { ProducerSettings } from '../interfaces.ts';
import { KafkaError } from '../kafka-error.ts';
import { translateProperties } from '../properties.ts';
import type { ClientProperties, PropertyValue } from '../properties.ts';
import { securityProperties, tokenProviderOf } from '../security-settings.ts';

/** How clients connect: at once and to all brokers, since a connection that is made when it is needed costs the first record half a second. */
export const connectionProperties: Readonly<Record<string, PropertyValue>> = {
  'enable.sparse.connections': false,
  'reconnect.backoff.ms': 10,
  'reconnect.backoff.max.ms': 1000,
  'socket.keepalive.enable': true,
  // A partition whose leader is not known yet is asked for again soon, then less and less often.
  'topic.metadata.refresh.fast.interval.ms': 10,
};

/** What a producer runs with. */
export interface ProducerPlan {
  readonly properties: ClientProperties;
  readonly deliveryTimeoutMs: number;
  readonly maxInFlightBytes: number;
}

const defaultDeliveryTimeoutMs = 10_000;
const defaultMaxInFlightBytes = 64 * 1024 * 1024;
const defaultMaxRecordBytes = 1024 * 1024;

/**
 * Settings win over the cluster's properties, and these over our defaults. Throws KAFKA_INVALID_CONFIG.
 */
export function planProducer(cluster: KafkaCluster, settings: ProducerSettings, clientId: string): ProducerPlan {
  const given = translateProperties(cluster.properties ?? {}, 'producer');
  const deliveryTimeoutMs = inRange(
    'deliveryTimeoutMs',
    settings.deliveryTimeoutMs ?? Number(given.topic['message.timeout.ms'] ?? defaultDeliveryTimeoutMs),
    1000,
    900_000,
  );
  const maxInFlightBytes = inRange(
    'maxInFlightBytes',
    settings.maxInFlightBytes ?? defaultMaxInFlightBytes,
    1024,
    2 ** 40,
  );
  const lingerMs = inRange('lingerMs', settings.lingerMs ?? Number(given.client['linger.ms'] ?? 0), 0, 900_000);
  const maxRecordBytes = inRange(
    'maxRecordBytes',
    settings.maxRecordBytes ?? Number(given.client['message.max.bytes'] ?? defaultMaxRecordBytes),
    1000,
    1_000_000_000,
  );
  return {
    deliveryTimeoutMs,
    maxInFlightBytes,
    properties: {
      tokens: tokenProviderOf(cluster),
      client: {
        ...connectionProperties,
        'topic.metadata.refresh.sparse': true,
        // A broker judges batches by the largest record that a topic allows.
        'batch.size': 128 * 1024,
        ...given.client,
        ...securityProperties(cluster),
        'bootstrap.servers': cluster.bootstrapServers,
        'client.id': clientId,
        'enable.idempotence': true,
        'linger.ms': Math.min(lingerMs, deliveryTimeoutMs / 2),
        'message.max.bytes': maxRecordBytes,
        // Ours is the limit that is felt; librdkafka's only has to be above it.
        'queue.buffering.max.kbytes': Math.min(2_147_483_647, Math.ceil((2 * maxInFlightBytes) / 1024)),
        'queue.buffering.max.messages': 1_000_000,
        // A topic that was just created may be unknown for a moment, but not until the delivery time-out.
        'topic.metadata.propagation.max.ms': Math.min(5000, Math.floor(deliveryTimeoutMs / 2)),
        // The line about an acknowledged batch wakes us: see DeliveryPoll.
        debug: withDebug(given, 'msg'),
        dr_cb: true,
      },
      topic: {
        ...given.topic,
        acks: 'all',
        partitioner: 'murmur2_random',
        'compression.type': settings.compression ?? given.topic['compression.type'] ?? 'none',
        // librdkafka looks for late messages once a second, so it is told to be early.
        'message.timeout.ms': Math.ceil(deliveryTimeoutMs - Math.min(1000, deliveryTimeoutMs / 5)),
      },
    },
  };
}

/** librdkafka's debug contexts: those asked for, and the one we need. */
export function withDebug(given: ClientProperties, context: string): string {
  const asked = given.client['debug'];
  return asked === undefined || asked === '' ? context : `${context},${asked}`;
}

function inRange(name: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new KafkaError(
    'KAFKA_INVALID_CONFIG',
    `Kafka setting ${name} is ${value}: it must be between ${min} and ${max}`,
  );
}
