import type { Manifest } from '../installation.ts';
import { namespaces } from './acceptance-suite.ts';

/** Where the receivers of Brokers are found in the cluster. */
export const brokerIngress = 'http://kafka-broker-ingress.knative-eventing.svc.cluster.local';

/** A ConfigMap of {@link namespaces}.configs that Brokers take their settings from. */
export function settings(name: string, data: Readonly<Record<string, string>>): Manifest {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: namespaces.configs, name }, data };
}

/** Twenty partitions; one replica, as there is one node. */
export function goodData(bootstrapServers: string): Readonly<Record<string, string>> {
  return {
    'default.topic.partitions': '20',
    'default.topic.replication.factor': '1',
    'bootstrap.servers': bootstrapServers,
  };
}

/** A Broker of {@link namespaces}.brokers; its settings are those of the ConfigMap `config`. */
export function rowBroker(
  name: string,
  {
    config = 'good',
    spec = {},
    annotations = {},
  }: { config?: string; spec?: object; annotations?: Readonly<Record<string, string>> } = {},
): Manifest {
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Broker',
    metadata: {
      namespace: namespaces.brokers,
      name,
      annotations: { 'eventing.knative.dev/broker.class': 'Kafka', ...annotations },
    },
    spec: { config: { apiVersion: 'v1', kind: 'ConfigMap', namespace: namespaces.configs, name: config }, ...spec },
  };
}

/** A Secret that says what a Kafka without passwords needs: nothing. */
export function plainSecret(namespace: string, name: string): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name }, stringData: { protocol: 'PLAINTEXT' } };
}

/** The topic of such a Broker. */
export function topicOf(name: string): string {
  return `knative-broker-${namespaces.brokers}-${name}`;
}

/** All conditions of a Broker that is served. */
export function allTrue(topic: string): Readonly<Record<string, string>> {
  return {
    DataPlaneAvailable: 'True',
    ConfigParsed: 'True',
    TopicReady: `True | Topic ${topic} created`,
    ConfigMapUpdated: 'True | Contract updated',
    EventPoliciesReady: 'True | OIDCDisabled | Feature "authentication-oidc" must be enabled to support Authorization',
    ProbeSucceeded: 'True',
    Addressable: 'True',
    Ready: 'True',
  };
}
