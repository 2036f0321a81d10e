import type { SettingsOf } from '@eventing-kafka/config';
import { defineSettings } from '@eventing-kafka/config';

/** What of a receiver may be set; the table in the README is made from this. */
export const receiverSettings = defineSettings(
  {
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
    adminHost: {
      kind: 'text',
      env: 'ADMIN_HOST',
      flag: 'admin-host',
      default: '0.0.0.0',
      description: 'address of `/metrics`, `/healthz` and `/readyz`',
    },
    adminPort: {
      kind: 'port',
      env: 'ADMIN_PORT',
      flag: 'admin-port',
      default: 9090,
      description: 'port of `/metrics`, `/healthz` and `/readyz`',
    },
    contractAddress: {
      kind: 'text',
      env: 'CONTRACT_ADDRESS',
      flag: 'contract',
      default: '127.0.0.1:8090',
      pattern: /.+:\d+/,
      allowed: 'host:port',
      description: 'controller that says what to serve',
    },
    contractCaFile: {
      kind: 'text',
      env: 'CONTRACT_CA_FILE',
      flag: 'contract-ca-file',
      optional: true,
      description: 'PEM file of who signed the controller’s certificate; with the next two: mutual TLS',
    },
    contractCertFile: {
      kind: 'text',
      env: 'CONTRACT_CERT_FILE',
      flag: 'contract-cert-file',
      optional: true,
      description: 'PEM file of this process’s certificate',
    },
    contractKeyFile: {
      kind: 'text',
      env: 'CONTRACT_KEY_FILE',
      flag: 'contract-key-file',
      optional: true,
      description: 'PEM file of its key',
    },
    nodeId: {
      kind: 'text',
      env: 'NODE_ID',
      flag: 'node-id',
      optional: true,
      description:
        'name of this process to the controller, unique among receivers; the host name and process id if not set',
    },
    namespace: {
      kind: 'text',
      env: 'RESOURCES_NAMESPACE',
      flag: 'namespace',
      default: '',
      description: 'namespace whose resources are served; empty: all',
    },
    snapshotFile: {
      kind: 'text',
      env: 'CONTRACT_SNAPSHOT_FILE',
      flag: 'snapshot-file',
      optional: true,
      description: 'file that keeps what is served, for a start without the controller',
    },
    serviceName: {
      kind: 'text',
      env: 'SERVICE_NAME',
      default: 'eventing-kafka-receiver',
      description: '`service.name` of metrics',
    },
    serviceNamespace: {
      kind: 'text',
      env: 'SERVICE_NAMESPACE',
      default: 'eventing-kafka',
      description: '`service.namespace` of metrics',
    },
    maxBodyBytes: {
      kind: 'bytes',
      env: 'MAX_BODY_BYTES',
      flag: 'max-body-bytes',
      default: 1_572_864,
      min: 1,
      description: 'largest request body; more is 413',
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
    ({ contractCaFile, contractCertFile, contractKeyFile }) => {
      const files = [contractCaFile, contractCertFile, contractKeyFile].filter((file) => file !== undefined);
      return files.length === 1 || files.length === 2
        ? 'CONTRACT_CA_FILE, CONTRACT_CERT_FILE and CONTRACT_KEY_FILE belong together; set all three or none'
        : undefined;
    },
  ],
);

/** The typed settings of a receiver. */
export type ReceiverSettings = SettingsOf<typeof receiverSettings>;
