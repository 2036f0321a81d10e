import type { KafkaCluster } from '../cluster.ts';
import { translateProperties } from '../properties.ts';
import type { ClientProperties, PropertyValue } from '../properties.ts';
import { securityProperties, tokenProviderOf } from '../security-settings.ts';

/** How consumers connect. */
const connectionProperties: Readonly<Record<string, PropertyValue>> = {
  'reconnect.backoff.ms': 10,
  'reconnect.backoff.max.ms': 1000,
  'socket.keepalive.enable': true,
  // A partition whose leader is not known yet is asked for again soon, then less and less often.
  'topic.metadata.refresh.fast.interval.ms': 10,
};

/** How much a consumer may hold before it is asked for it: this much queued, and one fetch on its way. */
const queuedKilobytes = 16 * 1024;
const fetchBytes = 8 * 1024 * 1024;

/** How long a member may be silent. */
const sessionTimeoutMs = 25_000;

/** What a consumer runs with. Throws KAFKA_INVALID_CONFIG. */
export function consumerProperties(
  cluster: KafkaCluster,
  clientId: string,
  groupId: string,
  overrides: Readonly<Record<string, PropertyValue>> = {},
): ClientProperties {
  const given = translateProperties(cluster.properties ?? {}, 'consumer');
  return {
    tokens: tokenProviderOf(cluster),
    client: {
      ...connectionProperties,
      // Connected to on purpose, a broker is looked after once a second until there is something to fetch from it.
      'enable.sparse.connections': true,
      // Longer than a Kafka that is started anew is away: then members are what they were, and nothing is read twice.
      'session.timeout.ms': sessionTimeoutMs,
      // Members learn of a rebalance from a heartbeat, twice in a cooperative one.
      'heartbeat.interval.ms': 1000,
      // librdkafka's default would be read_committed.
      'isolation.level': 'read_uncommitted',
      // A new partition is found this soon; the default of five minutes is how long its records would wait.
      'topic.metadata.refresh.interval.ms': 10_000,
      'allow.auto.create.topics': false,
      'queued.max.messages.kbytes': queuedKilobytes,
      'fetch.max.bytes': fetchBytes,
      'max.partition.fetch.bytes': 1024 * 1024,
      // A full queue is looked at again soon; the default of a second leaves a fast reader without records.
      'fetch.queue.backoff.ms': 5,
      // A partition that begins, resumes or seeks waits for the fetch that is under way, so this bounds that wait.
      'fetch.wait.max.ms': 250,
      ...given.client,
      ...overrides,
      ...securityProperties(cluster),
      'bootstrap.servers': cluster.bootstrapServers,
      'client.id': clientId,
      'group.id': groupId,
      'partition.assignment.strategy': 'cooperative-sticky',
      'enable.auto.commit': false,
      'enable.auto.offset.store': false,
      // Told at the end of a log, where transaction markers have no record that would tell how far it was read.
      'enable.partition.eof': true,
      // Also how long a rebalance waits for a member. We poll whether or not records are asked for.
      'max.poll.interval.ms': 300_000,
      // The line about records that arrived wakes us: see RecordPump.
      debug: withDebug(given, 'msg'),
    },
    topic: {
      ...given.topic,
      // Where to go on when an offset is not in the log any more. Starting positions are always given.
      'auto.offset.reset': 'earliest',
    },
  };
}

/** librdkafka's debug contexts: those asked for, and the one we need. */
function withDebug(given: ClientProperties, context: string): string {
  const asked = given.client['debug'];
  return asked === undefined || asked === '' ? context : `${context},${asked}`;
}
