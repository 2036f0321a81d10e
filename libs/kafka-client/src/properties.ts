import type { OAuthTokenProvider } from './cluster.ts';
import { KafkaError } from './kafka-error.ts';

/** A property value as it is handed to librdkafka. */
export type PropertyValue = string | number | boolean;

/** Properties by librdkafka's names, its topic-level ones apart because they are set apart. */
export interface ClientProperties {
  readonly client: Readonly<Record<string, PropertyValue>>;
  readonly topic: Readonly<Record<string, PropertyValue>>;
  /** Where the tokens of OAUTHBEARER come from. */
  readonly tokens?: OAuthTokenProvider | undefined;
}

/**
 * Properties this library owns, and what it sets them to. A property that says the same is accepted, since the configuration
 * of a Java client often spells it out; another value is refused. `undefined` accepts none.
 */
const owned: ReadonlyMap<string, string | undefined> = new Map([
  ['bootstrap.servers', undefined],
  ['metadata.broker.list', undefined],
  ['group.id', undefined],
  ['group.instance.id', undefined],
  ['group.protocol', 'classic'],
  ['enable.auto.commit', 'false'],
  ['auto.commit.enable', 'false'],
  ['enable.auto.offset.store', 'false'],
  ['acks', 'all'],
  ['request.required.acks', 'all'],
  ['transactional.id', undefined],
  ['event_cb', undefined],
  ['rebalance_cb', undefined],
  ['offset_commit_cb', undefined],
  ['dr_cb', undefined],
  ['dr_msg_cb', undefined],
  ['log.queue', 'false'],
]);

/** Families that {@link KafkaSecurity} covers. */
const securityProperty = /^(security\.protocol|sasl\.|ssl\.)/;

/** What a Java client needs and this one decides by itself or has no use for. Left out without a word. */
const ignored = new Set([
  'enable.idempotence',
  'partition.assignment.strategy',
  'partitioner.class',
  'max.poll.interval.ms',
  'max.poll.records',
  'auto.offset.reset',
  'auto.commit.interval.ms',
  'key.serializer',
  'value.serializer',
  'key.deserializer',
  'value.deserializer',
  'interceptor.classes',
  'exclude.internal.topics',
  'max.block.ms',
  'default.api.timeout.ms',
  'client.rack.java',
  'group.remote.assignor',
]);

const ignoredFamilies = /^(metrics\.|metric\.reporters|cloudevent\.)/;

/** Names that differ; `request.timeout.ms` of a consumer is another property than that of a producer. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['fetch.max.wait.ms', 'fetch.wait.max.ms'],
  ['receive.buffer.bytes', 'socket.receive.buffer.bytes'],
  ['send.buffer.bytes', 'socket.send.buffer.bytes'],
  ['max.request.size', 'message.max.bytes'],
  ['delivery.timeout.ms', 'message.timeout.ms'],
]);

const topicLevel = new Set([
  'request.timeout.ms',
  'message.timeout.ms',
  'queuing.strategy',
  'partitioner',
  'compression.type',
  'compression.codec',
  'compression.level',
]);

/**
 * Properties in the Java client's or librdkafka's names, as librdkafka takes them (dispatcher.md 4). Throws
 * KAFKA_INVALID_CONFIG that names the property when it is one this library owns.
 */
export function translateProperties(
  properties: Readonly<Record<string, PropertyValue>>,
  kind: 'producer' | 'consumer',
): ClientProperties {
  const client: Record<string, PropertyValue> = {};
  const topic: Record<string, PropertyValue> = {};
  for (const [given, value] of Object.entries(properties)) {
    if (isOurs(given, value) || ignored.has(given) || ignoredFamilies.test(given)) continue;
    const [name, translated] = translate(given, value, kind);
    // −1 is Java's way to leave the choice to the operating system.
    if (name.startsWith('socket.') && String(translated) === '-1') continue;
    if (topicLevel.has(name)) topic[name] = translated;
    else client[name] = translated;
  }
  return { client, topic };
}

function translate(name: string, value: PropertyValue, kind: 'producer' | 'consumer'): [string, PropertyValue] {
  if (name === 'buffer.memory') return ['queue.buffering.max.kbytes', Math.ceil(Number(value) / 1024)];
  if (name === 'request.timeout.ms' && kind === 'consumer') return ['socket.timeout.ms', value];
  return [renamed.get(name) ?? name, value];
}

/** Whether the property says what we do anyway. Throws when it says something else about what is ours. */
function isOurs(name: string, value: PropertyValue): boolean {
  if (securityProperty.test(name)) {
    throw new KafkaError(
      'KAFKA_INVALID_CONFIG',
      `Kafka property ${name} is set by the security of the cluster: give it there`,
    );
  }
  if (!owned.has(name)) return false;
  const ours = owned.get(name);
  if (ours !== undefined && (String(value) === ours || (ours === 'all' && String(value) === '-1'))) return true;
  const says = ours === undefined ? '' : ` (it is ${ours})`;
  throw new KafkaError('KAFKA_INVALID_CONFIG', `Kafka property ${name} is decided by this client${says}: leave it out`);
}
