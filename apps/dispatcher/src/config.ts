import type { SettingsOf } from '@eventing-kafka/config';
import { combineSettings, defineSettings } from '@eventing-kafka/config';
import { contractFileSettings, contractSourceProblem } from '@eventing-kafka/contract-file';
import { streamClientSettings } from '@eventing-kafka/contract-stream';
import { podCredentialsSettings } from '@eventing-kafka/kafka-credentials';
import { adminSettings, serviceSettings } from '@eventing-kafka/metrics';
import { tokenSendingSettings } from '@eventing-kafka/oidc';
import { tracingSettings } from '@eventing-kafka/tracing';
import { destinationProblem, destinationSettings } from './destination-settings.ts';

/** What of a dispatcher may be set; the table in the README is made from this. */
export const dispatcherSettings = defineSettings(
  combineSettings(
    adminSettings(),
    contractFileSettings,
    streamClientSettings('dispatcher'),
    podCredentialsSettings,
    tokenSendingSettings,
    serviceSettings({ serviceName: 'eventing-kafka-dispatcher' }),
    tracingSettings,
    destinationSettings,
    defineSettings({
      feedGroupPrefix: {
        kind: 'text',
        env: 'FEED_GROUP_PREFIX',
        flag: 'feed-group-prefix',
        default: 'eventing-kafka-feed-',
        description:
          'start of the name of the group in which dispatchers share the partitions of a topic; dispatchers that do not belong together need another one',
      },
      isolationLevel: {
        kind: 'choice',
        choices: ['read_uncommitted', 'read_committed'],
        env: 'ISOLATION_LEVEL',
        flag: 'isolation-level',
        optional: true,
        description:
          'whether events of transactions that are under way or were taken back are read; if not set, only KafkaSources leave them out',
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
      adaptiveConcurrency: {
        kind: 'boolean',
        env: 'ADAPTIVE_CONCURRENCY',
        flag: 'adaptive-concurrency',
        default: true,
        description: 'whether a subscriber that is overloaded, or slower than it was, gets fewer of them',
      },
      breakerFailures: {
        kind: 'integer',
        env: 'BREAKER_FAILURES',
        flag: 'breaker-failures',
        default: 10,
        min: 0,
        description: 'events that fail one after the other until their destination is left alone; 0: it never is',
      },
      breakerMaxPauseMs: {
        kind: 'durationMs',
        env: 'BREAKER_MAX_PAUSE',
        flag: 'breaker-max-pause',
        default: 10_000,
        min: 10,
        max: 3_600_000,
        description: 'longest time between two tries of a destination that is down',
      },
      breakerPatienceMs: {
        kind: 'durationMs',
        env: 'BREAKER_PATIENCE',
        flag: 'breaker-patience',
        default: 60_000,
        description:
          'how long a destination may be down until its events go to the dead letter sink after their retries; without a sink they wait',
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
      maxReplyHops: {
        kind: 'integer',
        env: 'MAX_REPLY_HOPS',
        flag: 'max-reply-hops',
        default: 0,
        min: 0,
        max: 1_000_000,
        description:
          'replies that may follow one from another in a topic; what goes round longer is dropped; 0: as many as come',
      },
      maxConnectionsPerOrigin: {
        kind: 'integer',
        env: 'MAX_CONNECTIONS_PER_ORIGIN',
        flag: 'max-connections-per-origin',
        default: 1000,
        min: 1,
        description: 'connections to one scheme, host and port, shared by the egresses that post there',
      },
    }),
  ),
  [contractSourceProblem, destinationProblem],
);

/** The typed settings of a dispatcher. */
export type DispatcherSettings = SettingsOf<typeof dispatcherSettings>;
