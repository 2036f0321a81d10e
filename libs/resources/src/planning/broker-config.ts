import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';
import type { PlanningOptions } from './planning-options.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { Broker, ObjectReference } from '../objects/resource-types.ts';
import { brokerDefaultsFor, forbidsForeignConfig } from '../features/broker-defaults.ts';
import type { Features } from '../features/features.ts';
import { namespacedBrokerClass } from '../objects/broker-class.ts';
import { brokerClassOf } from './broker-class-of.ts';
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
/** Of the ConfigMap, and so of the Secret; upstream keeps no such thing, and loses it with the ConfigMap (control-plane 26 no. 12). */
const secretNamespaceKey = 'auth.secret.ref.namespace';
const annotatedKeys: readonly string[] = [partitionsKey, replicationKey, serversKey, secretKey];

/** Which ConfigMap configures a Broker: its own, or the default of `config-br-defaults`; undefined: none does. */
export function brokerConfigReference(broker: Broker, features: Features): ObjectReference | undefined {
  if (broker.spec.config !== undefined) return broker.spec.config;
  const { namespace } = broker.metadata;
  const defaults = brokerDefaultsFor(features.brokerDefaults, namespace, brokerClassOf(broker, features));
  return defaults?.name === undefined ? undefined : defaults;
}

/**
 * The configuration of a Broker: from its ConfigMap or that of `config-br-defaults`; when that is gone, from what was once read of it;
 * without both, the default of the options. The error is the text that goes into `ConfigParsed` (control-plane 7.3.3–4), without the
 * content of the ConfigMap.
 */
export function brokerConfigOf(
  broker: Broker,
  view: ResourceView,
  previousAnnotations: Readonly<Record<string, string>>,
  options: PlanningOptions,
): Outcome<BrokerConfig> {
  const features = options.features(view);
  const reference = brokerConfigReference(broker, features);
  if (reference === undefined) {
    const byDefault = defaultConfig(options);
    return byDefault.ok ? byDefault : (rebuiltConfig(previousAnnotations, broker.metadata.namespace, '') ?? byDefault);
  }
  const { kind = '', name = '' } = reference;
  if (kind.toLowerCase() !== 'configmap') return failed(`supported config Kind: ConfigMap - got ${kind}`);
  const own = broker.metadata.namespace;
  const namespace = reference.namespace === undefined || reference.namespace === '' ? own : reference.namespace;
  if (broker.spec.config !== undefined && namespace !== own && forbidsForeignConfig(features.brokerDefaults, own)) {
    return failed(
      `config in namespace "${namespace}" is not allowed: config-br-defaults asks for the namespace of the Broker, "${own}"`,
      ['namespace'],
    );
  }
  const configMap = view.get('ConfigMap', namespace, name);
  if (configMap !== undefined) return parseBrokerConfig(configMap.data, namespace, name);
  return (
    rebuiltConfig(previousAnnotations, namespace, name) ??
    failed(`unable to rebuild topic config, failed to get configmap ${namespace}/${name}`)
  );
}

/** What is wrong with the namespace of a configuration whose class wants it beside the Broker (control-plane 8.1). */
export function configNamespaceProblem(broker: Broker, features: Features): string | undefined {
  const { namespace } = broker.metadata;
  const wanted = broker.spec.config?.namespace ?? '';
  if (brokerClassOf(broker, features) !== namespacedBrokerClass || wanted === '' || wanted === namespace)
    return undefined;
  return `broker with "${namespacedBrokerClass}" class need the config in the same namespace with the broker. broker.spec.config.namespace="${wanted}", broker.namespace="${namespace}"`;
}

/**
 * What is wrong with the Secret of a Broker that has a data plane in its namespace: whoever may run Pods there may read what that data plane
 * may, so it reads no Secret from elsewhere, whichever way the Broker came to name it: by a default, or by what its status says.
 */
export function foreignSecretProblem({ secret }: BrokerConfig, dataPlaneNamespace: string): string | undefined {
  if (secret === undefined || dataPlaneNamespace === '' || secret.namespace === dataPlaneNamespace) return undefined;
  return `broker with "${namespacedBrokerClass}" class cannot use the secret ${secret.namespace}/${secret.name}: its data plane reads no secrets but those of namespace "${dataPlaneNamespace}"; name a ConfigMap there in spec.config`;
}

/** A configuration from what a status holds of it; undefined when it holds nothing. */
export function rebuiltConfig(
  annotations: Readonly<Record<string, string>>,
  namespace: string,
  name: string,
): Outcome<BrokerConfig> | undefined {
  const kept = Object.entries(annotations).filter(([key]) => isConfigKey(key) && key !== secretNamespaceKey);
  if (kept.length === 0) return undefined;
  return parseBrokerConfig(Object.fromEntries(kept), annotations[secretNamespaceKey] ?? namespace, name);
}

/** The annotations of a status without those that a configuration put there: it puts its own in their place. */
export function withoutConfig(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !isConfigKey(key)));
}

function isConfigKey(key: string): boolean {
  return annotatedKeys.includes(key) || key === secretNamespaceKey || key.startsWith(topicConfigPrefix);
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
    annotations: {
      ...Object.fromEntries(Object.entries(data).filter(([key]) => isConfigKey(key) && key !== secretNamespaceKey)),
      ...(secretName === '' ? {} : { [secretNamespaceKey]: namespace }),
    },
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
