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
  /** Where receivers take events, without a slash at the end: `http://localhost:8080`. */
  readonly ingressBaseUrl: string;
  /** Domain of Services in URLs. */
  readonly clusterDomain: string;
  /** Whether a Service that a destination names has to exist; a folder of manifests does not hold them. */
  readonly servicesMustExist: boolean;
  /**
   * Base URLs of Services that are not found by their name in the cluster, by `namespace/name`, or `*` in place of the namespace for any. A
   * Service that is named here exists.
   */
  readonly serviceUrls: Readonly<Record<string, string>>;
  readonly brokerTopicName: NameTemplate;
  readonly triggerGroupName: NameTemplate;
  /** Absent: a Broker without `spec.config` is not Ready (control-plane 26 no. 13). */
  readonly defaultBrokerConfig?: DefaultBrokerConfig;
  /** Between retries, in milliseconds, where `retry` is set and `backoffDelay` is not. */
  readonly defaultBackoffDelayMs: number;
  /** Where a Trigger's group starts that has no committed offsets. */
  readonly initialOffset: 'latest' | 'earliest';
}

/** Options with the defaults of the specification (control-plane 18.1, dispatcher 9). */
export function planningOptions(
  given: Pick<PlanningOptions, 'ingressBaseUrl'> & Partial<PlanningOptions>,
): PlanningOptions {
  return {
    clusterDomain: 'cluster.local',
    servicesMustExist: false,
    serviceUrls: {},
    brokerTopicName: template('knative-broker-{{ .Namespace }}-{{ .Name }}'),
    triggerGroupName: template('knative-trigger-{{ .Namespace }}-{{ .Name }}'),
    defaultBackoffDelayMs: 200,
    initialOffset: 'latest',
    ...given,
    ingressBaseUrl: given.ingressBaseUrl.replace(/\/+$/, ''),
  };
}

function template(text: string): NameTemplate {
  const parsed = parseNameTemplate(text);
  if (parsed === undefined) throw new TypeError(`not a name template: ${text}`);
  return parsed;
}
