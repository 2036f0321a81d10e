import type { SettingsOf } from '@eventing-kafka/config';
import { defineSettings } from '@eventing-kafka/config';

/** What of a dispatcher may be set; the table in the README is made from this. */
export const dispatcherSettings = defineSettings(
  {
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
        'name of this process to the controller, unique among dispatchers; the host name and process id if not set',
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
      default: 'eventing-kafka-dispatcher',
      description: '`service.name` of metrics',
    },
    serviceNamespace: {
      kind: 'text',
      env: 'SERVICE_NAMESPACE',
      default: 'eventing-kafka',
      description: '`service.namespace` of metrics',
    },
    feedGroupPrefix: {
      kind: 'text',
      env: 'FEED_GROUP_PREFIX',
      flag: 'feed-group-prefix',
      default: 'eventing-kafka-feed-',
      description:
        'start of the name of the group in which dispatchers share the partitions of a topic; dispatchers that do not belong together need another one',
    },
    maxInFlight: {
      kind: 'integer',
      env: 'MAX_IN_FLIGHT',
      flag: 'max-in-flight',
      default: 100,
      min: 1,
      max: 100_000,
      description: 'deliveries that one egress may have under way',
    },
    maxBufferedBytes: {
      kind: 'bytes',
      env: 'MAX_BUFFERED_BYTES',
      flag: 'max-buffered-bytes',
      default: 67_108_864,
      min: 1_048_576,
      description: 'bytes of records held in memory for all egresses together',
    },
    commitIntervalMs: {
      kind: 'durationMs',
      env: 'COMMIT_INTERVAL',
      flag: 'commit-interval',
      default: 500,
      min: 10,
      max: 60_000,
      description: 'time between two commits of the offsets of what was delivered',
    },
    maxConnectionsPerOrigin: {
      kind: 'integer',
      env: 'MAX_CONNECTIONS_PER_ORIGIN',
      flag: 'max-connections-per-origin',
      default: 1000,
      min: 1,
      description: 'connections to one scheme, host and port, shared by the egresses that post there',
    },
  },
  [
    ({ contractCaFile, contractCertFile, contractKeyFile }) => {
      const files = [contractCaFile, contractCertFile, contractKeyFile].filter((file) => file !== undefined);
      return files.length === 1 || files.length === 2
        ? 'CONTRACT_CA_FILE, CONTRACT_CERT_FILE and CONTRACT_KEY_FILE belong together; set all three or none'
        : undefined;
    },
  ],
);

/** The typed settings of a dispatcher. */
export type DispatcherSettings = SettingsOf<typeof dispatcherSettings>;
