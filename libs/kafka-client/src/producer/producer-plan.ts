import type { KafkaCluster } from '../cluster.ts';
import type { ProducerSettings } from '../interfaces.ts';
import { KafkaError } from '../kafka-error.ts';
import { connectionOptions, parseBootstrapServers } from '../platformatic/connection-options.ts';
import { translateProperties } from '../properties.ts';
import type { ClientProperties } from '../properties.ts';
import { securityProperties } from '../security-settings.ts';
import { ClusterWire } from './cluster-wire.ts';
import type { ProducerPlan } from './idempotent-producer.ts';
import type { KafkaWire } from './kafka-wire.ts';
import type { Compression } from './record-batch.ts';

const defaultDeliveryTimeoutMs = 10_000;
const defaultMaxInFlightBytes = 64 * 1024 * 1024;
const defaultMaxRecordBytes = 1024 * 1024;
/** A broker judges batches by the largest record that a topic allows. */
const defaultMaxBatchBytes = 128 * 1024;
const maxConnectTimeoutMs = 3000;

/** Settings win over the cluster's properties, and these over our defaults. Throws KAFKA_INVALID_CONFIG. */
export function planProducer(cluster: KafkaCluster, settings: ProducerSettings): ProducerPlan {
  const { client, topic } = translateProperties(cluster.properties ?? {}, 'producer');
  const deliveryTimeoutMs = inRange(
    'deliveryTimeoutMs',
    settings.deliveryTimeoutMs ?? Number(topic['message.timeout.ms'] ?? defaultDeliveryTimeoutMs),
    1000,
    900_000,
  );
  const lingerMs = inRange('lingerMs', settings.lingerMs ?? Number(client['linger.ms'] ?? 0), 0, 900_000);
  // Two tries before the deadline, so that a broker whose machine is gone does not take its records along.
  const requestTimeoutMs = inRange(
    'request.timeout.ms',
    Number(topic['request.timeout.ms'] ?? Math.min(30_000, Math.max(1000, deliveryTimeoutMs / 2))),
    1,
    900_000,
  );
  return {
    deliveryTimeoutMs,
    requestTimeoutMs,
    lingerMs: Math.min(lingerMs, deliveryTimeoutMs / 2),
    maxInFlightBytes: inRange('maxInFlightBytes', settings.maxInFlightBytes ?? defaultMaxInFlightBytes, 1024, 2 ** 40),
    maxRecordBytes: inRange(
      'maxRecordBytes',
      settings.maxRecordBytes ?? Number(client['message.max.bytes'] ?? defaultMaxRecordBytes),
      1000,
      1_000_000_000,
    ),
    maxBatchBytes: inRange('batch.size', Number(client['batch.size'] ?? defaultMaxBatchBytes), 1, 2_147_483_647),
    compression: compressionOf(settings.compression ?? topic['compression.type'] ?? topic['compression.codec']),
  };
}

/** The way to a cluster. Throws KAFKA_INVALID_CONFIG. */
export function wireTo(cluster: KafkaCluster, clientId: string, { requestTimeoutMs }: ProducerPlan): KafkaWire {
  return new ClusterWire(parseBootstrapServers(cluster.bootstrapServers), clientId, {
    ...connectionOptions(cluster),
    connectTimeout: Math.min(maxConnectTimeoutMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
  });
}

/** The properties of a producer as librdkafka takes them: it knows which there are and what they may be. */
export function checkedProperties(cluster: KafkaCluster): ClientProperties {
  const { client, topic } = translateProperties(cluster.properties ?? {}, 'producer');
  return {
    client: { ...client, ...securityProperties(cluster), 'bootstrap.servers': cluster.bootstrapServers },
    topic,
  };
}

const compressions: readonly string[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] satisfies readonly Compression[];

function compressionOf(value: unknown): Compression {
  const name = value === undefined || value === 'inherit' ? 'none' : value;
  if (compressions.includes(name as string)) return name as Compression;
  throw new KafkaError(
    'KAFKA_INVALID_CONFIG',
    `Kafka setting compression.type is ${String(value)}: it must be one of ${compressions.join(', ')}`,
  );
}

function inRange(name: string, value: number, min: number, max: number): number {
  if (value >= min && value <= max) return value;
  throw new KafkaError(
    'KAFKA_INVALID_CONFIG',
    `Kafka setting ${name} is ${value}: it must be between ${min} and ${max}`,
  );
}
