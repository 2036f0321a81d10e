import { createRequire } from 'node:module';
import rdkafka from 'node-rdkafka';
import { KafkaError } from '../kafka-error.ts';
import type { KafkaErrorCode } from '../kafka-error.ts';
import type { NativeError } from './native-client.ts';

/** The codes of librdkafka that this library tells apart. Negative ones arise in the client, positive ones at the broker. */
export const nativeCodes = {
  partitionsAssigned: -175,
  partitionsRevoked: -174,
  fatal: -150,
  maxPollExceeded: -147,
} as const;

const binding = createRequire(import.meta.url)('node-rdkafka/librdkafka.js') as { err2str(code: number): string };

/** librdkafka's own texts, so that none is copied here. */
const codesByText: ReadonlyMap<string, number> = new Map(
  Object.values(rdkafka.CODES.ERRORS).map((code) => [binding.err2str(code), code]),
);

interface Meaning {
  readonly code: KafkaErrorCode;
  readonly retriable: boolean;
  readonly fatal?: boolean;
}

const meanings: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  // The client's own.
  [-195, { code: 'KAFKA_UNREACHABLE', retriable: true }], // broker transport failure
  [-193, { code: 'KAFKA_UNREACHABLE', retriable: true }], // host name does not resolve
  [-187, { code: 'KAFKA_UNREACHABLE', retriable: true }], // all brokers are down
  [-192, { code: 'KAFKA_TIMEOUT', retriable: true }], // message timed out
  [-185, { code: 'KAFKA_TIMEOUT', retriable: true }],
  [-184, { code: 'KAFKA_QUEUE_FULL', retriable: true }],
  [-190, { code: 'KAFKA_UNKNOWN_TOPIC', retriable: true }], // unknown partition
  [-188, { code: 'KAFKA_UNKNOWN_TOPIC', retriable: true }], // unknown topic
  [-186, { code: 'KAFKA_INVALID_CONFIG', retriable: false }],
  [-181, { code: 'KAFKA_AUTHENTICATION', retriable: true }], // TLS
  [-169, { code: 'KAFKA_AUTHENTICATION', retriable: true }],
  [-152, { code: 'KAFKA_CLOSED', retriable: false }], // purged from the queue
  [-151, { code: 'KAFKA_CLOSED', retriable: false }], // purged in flight
  [-197, { code: 'KAFKA_CLOSED', retriable: false }], // destroyed
  [-172, { code: 'KAFKA_CLOSED', retriable: false }], // erroneous state: not connected
  [nativeCodes.fatal, { code: 'KAFKA_FATAL', retriable: true, fatal: true }],
  [-144, { code: 'KAFKA_FATAL', retriable: true, fatal: true }], // fenced
  [-140, { code: 'KAFKA_OFFSET_OUT_OF_RANGE', retriable: true }],
  [nativeCodes.maxPollExceeded, { code: 'KAFKA_OTHER', retriable: true }],
  // The broker's.
  [1, { code: 'KAFKA_OFFSET_OUT_OF_RANGE', retriable: true }],
  [3, { code: 'KAFKA_UNKNOWN_TOPIC', retriable: true }],
  [5, { code: 'KAFKA_UNREACHABLE', retriable: true }], // no leader
  [6, { code: 'KAFKA_UNREACHABLE', retriable: true }], // not the leader
  [7, { code: 'KAFKA_TIMEOUT', retriable: true }],
  [8, { code: 'KAFKA_UNREACHABLE', retriable: true }], // broker not available
  [10, { code: 'KAFKA_TOO_LARGE', retriable: false }],
  [12, { code: 'KAFKA_TOO_LARGE', retriable: false }], // offset metadata
  [13, { code: 'KAFKA_UNREACHABLE', retriable: true }],
  [14, { code: 'KAFKA_UNREACHABLE', retriable: true }], // coordinator loads
  [15, { code: 'KAFKA_UNREACHABLE', retriable: true }], // no coordinator
  [16, { code: 'KAFKA_UNREACHABLE', retriable: true }], // not the coordinator
  [18, { code: 'KAFKA_TOO_LARGE', retriable: false }],
  [19, { code: 'KAFKA_UNREACHABLE', retriable: true }], // too few in-sync replicas
  [20, { code: 'KAFKA_UNREACHABLE', retriable: true }],
  [32, { code: 'KAFKA_INVALID_RECORD', retriable: false }], // its timestamp is out of bounds
  [87, { code: 'KAFKA_INVALID_RECORD', retriable: false }],
  [22, { code: 'KAFKA_GROUP_HAS_MEMBERS', retriable: true }], // illegal generation
  [25, { code: 'KAFKA_GROUP_HAS_MEMBERS', retriable: true }], // unknown member
  [27, { code: 'KAFKA_GROUP_HAS_MEMBERS', retriable: true }], // rebalance in progress
  [29, { code: 'KAFKA_AUTHORIZATION', retriable: true }],
  [30, { code: 'KAFKA_AUTHORIZATION', retriable: true }],
  [31, { code: 'KAFKA_AUTHORIZATION', retriable: true }],
  [33, { code: 'KAFKA_AUTHENTICATION', retriable: true }],
  [34, { code: 'KAFKA_AUTHENTICATION', retriable: true }],
  [58, { code: 'KAFKA_AUTHENTICATION', retriable: true }],
  [68, { code: 'KAFKA_GROUP_HAS_MEMBERS', retriable: true }],
  [113, { code: 'KAFKA_GROUP_HAS_MEMBERS', retriable: true }], // stale member epoch
]);

/** What an error code of Kafka or librdkafka means, in our terms. */
export function kafkaErrorOfCode(code: number, message: string, cause?: unknown): KafkaError {
  const meaning = meanings.get(code) ?? { code: 'KAFKA_OTHER' as const, retriable: false };
  return new KafkaError(meaning.code, message, {
    retriable: meaning.retriable,
    fatal: meaning.fatal ?? false,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The code of a native error; 0 when it cannot be told. Delivery reports and events carry librdkafka's text of it, not the number. */
export function codeOfNativeError(error: NativeError): number {
  return typeof error.code === 'number' ? error.code : (codesByText.get(error.message) ?? 0);
}

/** The error behind a native error. */
export function kafkaErrorOfNative(error: NativeError, context: string): KafkaError {
  return kafkaErrorOfCode(codeOfNativeError(error), `${context}: ${error.message}`);
}

/** What librdkafka says about a code. */
export function textOfCode(code: number): string {
  return binding.err2str(code);
}
