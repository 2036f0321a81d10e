import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';
import type { PlanningOptions } from './planning-options.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { Broker } from '../objects/resource-types.ts';
import { bootstrapServerList } from './topic-plan.ts';

/** What a Broker's ConfigMap says (control-plane 5.2). */
export interface BrokerConfig {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly bootstrapServers: readonly string[];
  /** Kafka's topic configuration, from keys `default.topic.config.<key>`. */
  readonly topicConfig: Readonly<Record<string, string>>;
  /** Of the Secret to log in with. */
  readonly secret?: { readonly namespace: string; readonly name: string };
  /** Copies for the status, from which the configuration can be had again when the ConfigMap is gone. */
  readonly annotations: Readonly<Record<string, string>>;
}

const partitionsKey = 'default.topic.partitions';
const replicationKey = 'default.topic.replication.factor';
const serversKey = 'bootstrap.servers';
const secretKey = 'auth.secret.ref.name';
const topicConfigPrefix = 'default.topic.config.';
const annotatedKeys = [partitionsKey, replicationKey, serversKey, secretKey];

/**
 * The configuration of a Broker: from its ConfigMap; when that is gone, from what was once read of it; without
 * `spec.config`, the default of the options. The error is the text that goes into `ConfigParsed` (control-plane 7.3.3–4),
 * without the content of the ConfigMap.
 */
export function brokerConfigOf(
  broker: Broker,
  view: ResourceView,
  previousAnnotations: Readonly<Record<string, string>>,
  options: PlanningOptions,
): Outcome<BrokerConfig> {
  const reference = broker.spec.config;
  if (reference === undefined) return defaultConfig(options);
  const { kind = '', name = '' } = reference;
  if (kind.toLowerCase() !== 'configmap') return failed(`supported config Kind: ConfigMap - got ${kind}`);
  const namespace = reference.namespace ?? broker.metadata.namespace;
  const configMap = view.get('ConfigMap', namespace, name);
  if (configMap !== undefined) return parseBrokerConfig(configMap.data, namespace, name);
  const kept = Object.fromEntries(
    annotatedKeys.flatMap((key) => (previousAnnotations[key] === undefined ? [] : [[key, previousAnnotations[key]]])),
  );
  return Object.keys(kept).length === 0
    ? failed(`unable to rebuild topic config, failed to get configmap ${namespace}/${name}`)
    : parseBrokerConfig(kept, namespace, name);
}

/** Reads the data of a Broker's ConfigMap. */
export function parseBrokerConfig(
  data: Readonly<Record<string, string>>,
  namespace: string,
  name: string,
): Outcome<BrokerConfig> {
  const numbers: number[] = [];
  for (const [key, max] of [
    [partitionsKey, 2_147_483_647],
    [replicationKey, 32_767],
  ] as const) {
    const text = data[key];
    // There is no default here: what is absent counts as 0, which is refused below.
    const parsed = text === undefined ? 0 : /^[+-]?[0-9]+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(parsed) || parsed > max) {
      return failed(
        `unable to build topic config from configmap: failed to parse config map ${namespace}/${name}: ${key} is ${JSON.stringify(text)}, expected a whole number up to ${max}`,
      );
    }
    numbers.push(parsed);
  }
  const [partitions = 0, replicationFactor = 0] = numbers;
  const bootstrapServers = bootstrapServerList(data[serversKey] ?? '');
  if (partitions <= 0 || replicationFactor <= 0 || bootstrapServers.length === 0) {
    return failed(
      'unable to build topic config from configmap: error validating topic config from configmap invalid configuration' +
        ` - numPartitions: ${partitions} - replicationFactor: ${replicationFactor} - bootstrapServers: [${bootstrapServers.join(' ')}]`,
    );
  }
  const secretName = data[secretKey] ?? '';
  return succeeded({
    partitions,
    replicationFactor,
    bootstrapServers,
    topicConfig: Object.fromEntries(
      Object.entries(data).flatMap(([key, value]) =>
        key.startsWith(topicConfigPrefix) ? [[key.slice(topicConfigPrefix.length), value]] : [],
      ),
    ),
    ...(secretName === '' ? {} : { secret: { namespace, name: secretName } }),
    annotations: Object.fromEntries(
      annotatedKeys.flatMap((key) => (data[key] === undefined ? [] : [[key, data[key]]])),
    ),
  });
}

function defaultConfig(options: PlanningOptions): Outcome<BrokerConfig> {
  const config = options.defaultBrokerConfig;
  if (config === undefined) return failed('spec.config is missing and there is no default configuration for Brokers');
  return parseBrokerConfig(
    {
      [partitionsKey]: String(config.partitions),
      [replicationKey]: String(config.replicationFactor),
      [serversKey]: config.bootstrapServers,
    },
    '',
    'default',
  );
}
