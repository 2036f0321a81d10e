import type { FeatureReader } from '../features/features.ts';
import { featureReader } from '../features/features.ts';
import { parseNameTemplate } from '../features/name-template.ts';
import type { NameTemplate } from '../features/name-template.ts';

/** What Brokers without `spec.config` get. */
export interface DefaultBrokerConfig {
  /** `host:port`, separated by commas. */
  readonly bootstrapServers: string;
  readonly partitions: number;
  readonly replicationFactor: number;
}

/** What planning needs to know beside the objects. */
export interface PlanningOptions {
  /** Where receivers take events, without a slash at the end: `http://localhost:8080`. Not used with `ingressServices`. */
  readonly ingressBaseUrl: string;
  /**
   * Names of the Services of the receivers, on a cluster: addresses are made from them and the namespace of the data plane. Absent: there are
   * none, and no receiver with TLS.
   */
  readonly ingressServices?: { readonly Broker: string; readonly KafkaSink: string };
  /** Where the ConfigMaps with features, the shared data plane and its certificates are. */
  readonly systemNamespace: string;
  /** Whether Brokers of class `KafkaNamespaced` have a data plane in their namespace; else the shared one serves them. */
  readonly namespacedDataPlanes: boolean;
  /** Domain of Services in URLs. */
  readonly clusterDomain: string;
  /** Whether a Service that a destination names has to exist; a folder of manifests does not hold them. Default: with `ingressServices`. */
  readonly servicesMustExist: boolean;
  /**
   * Whether events may go to the dispatcher's own machine (`localhost`, 127.0.0.0/8, ::1). Default: without `ingressServices`, as there
   * subscribers run beside it.
   */
  readonly allowLoopback: boolean;
  /**
   * Base URLs of Services that are not found by their name in the cluster, by `namespace/name`, or `*` in place of the namespace for any. A
   * Service that is named here exists.
   */
  readonly serviceUrls: Readonly<Record<string, string>>;
  /** Counts where `config-kafka-features` gives none. */
  readonly brokerTopicName: NameTemplate;
  /** Counts where `config-kafka-features` gives none. */
  readonly triggerGroupName: NameTemplate;
  /** For Brokers that neither say it themselves nor find it in `config-br-defaults`. Absent: these are not Ready (control-plane 26 no. 13). */
  readonly defaultBrokerConfig?: DefaultBrokerConfig;
  /** Between retries, in milliseconds, where `retry` is set and `backoffDelay` is not. */
  readonly defaultBackoffDelayMs: number;
  /** Where a Trigger's group starts that has no committed offsets. Counts where `config-kafka-broker-data-plane` says nothing. */
  readonly initialOffset: 'latest' | 'earliest';
  /** Whether EventPolicies are judged here; else somebody else says in their status whom they admit and whether they are Ready. */
  readonly judgesEventPolicies: boolean;
  /** What operators switched on. */
  readonly features: FeatureReader;
}

/** Options with the defaults of the specification (control-plane 18.1, dispatcher 9). */
export function planningOptions(
  given: Pick<PlanningOptions, 'ingressBaseUrl'> & Partial<Omit<PlanningOptions, 'features'>>,
): PlanningOptions {
  const isOnCluster = given.ingressServices !== undefined;
  const options = {
    systemNamespace: 'knative-eventing',
    namespacedDataPlanes: false,
    clusterDomain: 'cluster.local',
    servicesMustExist: isOnCluster,
    allowLoopback: !isOnCluster,
    serviceUrls: {},
    brokerTopicName: template('knative-broker-{{ .Namespace }}-{{ .Name }}'),
    triggerGroupName: template('knative-trigger-{{ .Namespace }}-{{ .Name }}'),
    defaultBackoffDelayMs: 200,
    initialOffset: 'latest' as const,
    judgesEventPolicies: false,
    ...given,
    ingressBaseUrl: given.ingressBaseUrl.replace(/\/+$/, ''),
  };
  return { ...options, features: featureReader(options) };
}

function template(text: string): NameTemplate {
  const parsed = parseNameTemplate(text);
  if (parsed === undefined) throw new TypeError(`not a name template: ${text}`);
  return parsed;
}
