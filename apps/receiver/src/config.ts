import type { SettingsOf } from '@eventing-kafka/config';
import { combineSettings, defineSettings } from '@eventing-kafka/config';
import { contractFileSettings, contractSourceProblem } from '@eventing-kafka/contract-file';
import { streamClientSettings } from '@eventing-kafka/contract-stream';
import { podCredentialsSettings } from '@eventing-kafka/kafka-credentials';
import { adminSettings, serviceSettings } from '@eventing-kafka/metrics';
import { tokenVerificationSettings } from '@eventing-kafka/oidc';
import { tracingSettings } from '@eventing-kafka/tracing';

/** What of a receiver may be set; the table in the README is made from this. */
export const receiverSettings = defineSettings(
  combineSettings(
    defineSettings({
      host: {
        kind: 'text',
        env: 'INGRESS_HOST',
        flag: 'host',
        default: '0.0.0.0',
        description: 'address that events are accepted on',
      },
      port: {
        kind: 'port',
        env: 'INGRESS_PORT',
        flag: 'port',
        default: 8080,
        description: 'port that events are accepted on',
      },
      tlsDir: {
        kind: 'text',
        env: 'INGRESS_TLS_DIR',
        flag: 'tls-dir',
        optional: true,
        description:
          'folder with tls.crt and tls.key, such as a mounted Secret: HTTPS while they are there; read again when they change',
      },
      tlsPort: {
        kind: 'port',
        env: 'INGRESS_TLS_PORT',
        flag: 'tls-port',
        default: 8443,
        description: 'port of HTTPS',
      },
      featuresDir: {
        kind: 'text',
        env: 'FEATURES_DIR',
        flag: 'features-dir',
        optional: true,
        description:
          'folder with the flags of config-features, such as a mounted ConfigMap: transport-encryption is followed; read again when it changes',
      },
      transportEncryption: {
        kind: 'choice',
        env: 'TRANSPORT_ENCRYPTION',
        flag: 'transport-encryption',
        choices: ['disabled', 'permissive', 'strict'],
        optional: true,
        description:
          'without the folder: whether events are taken over HTTP, both, or HTTPS only; both if not set; the other port answers 404',
      },
    }),
    adminSettings(),
    contractFileSettings,
    streamClientSettings('receiver'),
    podCredentialsSettings,
    tokenVerificationSettings,
    serviceSettings({ serviceName: 'eventing-kafka-receiver' }),
    tracingSettings,
    defineSettings(
      {
        maxBodyBytes: {
          kind: 'bytes',
          env: 'MAX_BODY_BYTES',
          flag: 'max-body-bytes',
          default: 1_572_864,
          min: 1,
          description: 'largest request body; more is 413',
        },
        maxBatchEvents: {
          kind: 'integer',
          env: 'MAX_BATCH_EVENTS',
          flag: 'max-batch-events',
          default: 1000,
          min: 1,
          description: 'events of one batch; more is 413',
        },
        maxInFlightBytes: {
          kind: 'bytes',
          env: 'MAX_IN_FLIGHT_BYTES',
          flag: 'max-in-flight-bytes',
          default: 67_108_864,
          min: 1,
          description: 'event bytes on their way at one time; more is 503',
        },
        maxInFlightRequests: {
          kind: 'integer',
          env: 'MAX_IN_FLIGHT_REQUESTS',
          flag: 'max-in-flight-requests',
          default: 10_000,
          min: 1,
          description: 'events on their way at one time; more is 503',
        },
        ingressSharePercent: {
          kind: 'integer',
          env: 'INGRESS_SHARE_PERCENT',
          flag: 'ingress-share-percent',
          default: 50,
          min: 1,
          max: 100,
          description: 'of these two, what one ingress may take; more is 429',
        },
        requestTimeoutMs: {
          kind: 'durationMs',
          env: 'REQUEST_TIMEOUT',
          flag: 'request-timeout',
          default: 30_000,
          min: 100,
          description: 'time for a request to arrive whole; then 408',
        },
        produceTimeoutMs: {
          kind: 'durationMs',
          env: 'PRODUCE_TIMEOUT',
          flag: 'produce-timeout',
          default: 10_000,
          min: 1000,
          max: 900_000,
          description: 'time for Kafka to acknowledge an event; then 503',
        },
        idleTimeoutMs: {
          kind: 'durationMs',
          env: 'IDLE_TIMEOUT',
          flag: 'idle-timeout',
          default: 600_000,
          min: 0,
          description: 'time a connection may be idle; 0: for ever',
        },
        drainDelayMs: {
          kind: 'durationMs',
          env: 'DRAIN_DELAY',
          flag: 'drain-delay',
          default: 0,
          min: 0,
          description: 'time to go on accepting, not ready any more, when told to stop',
        },
      },
      [
        ({ maxBodyBytes, maxInFlightBytes }) =>
          maxInFlightBytes < maxBodyBytes
            ? 'MAX_IN_FLIGHT_BYTES is below MAX_BODY_BYTES, so no event of that size could be accepted; raise it'
            : undefined,
      ],
    ),
  ),
  [
    contractSourceProblem,
    ({ featuresDir, transportEncryption }) =>
      featuresDir !== undefined && transportEncryption !== undefined
        ? 'FEATURES_DIR and TRANSPORT_ENCRYPTION are both set; which is meant? Unset one of them'
        : undefined,
  ],
);

/** The typed settings of a receiver. */
export type ReceiverSettings = SettingsOf<typeof receiverSettings>;
