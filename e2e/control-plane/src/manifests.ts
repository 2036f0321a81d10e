import type { ObjectIdentity } from '@eventing-kafka/kubernetes';
import type { Manifest } from './installation.ts';

/** The ConfigMap that the chart makes. */
export const defaultConfig = { namespace: 'knative-eventing', name: 'kafka-broker-config' };

/** A Broker of class Kafka in `default`. */
export function broker(name: string, spec: object = {}, annotations: Readonly<Record<string, string>> = {}): Manifest {
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Broker',
    metadata: {
      namespace: 'default',
      name,
      annotations: { 'eventing.knative.dev/broker.class': 'Kafka', ...annotations },
    },
    spec: { config: { apiVersion: 'v1', kind: 'ConfigMap', ...defaultConfig }, ...spec },
  };
}

/** A Trigger in `default` that delivers to a path of the suite's subscriber. */
export function trigger(name: string, brokerName: string, spec: object = {}): Manifest {
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata: { namespace: 'default', name },
    spec: {
      broker: brokerName,
      subscriber: {
        ref: { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'subscriber' },
        uri: `/${name}`,
      },
      ...spec,
    },
  };
}

/** A KafkaSink in `default`. */
export function kafkaSink(name: string, spec: object): Manifest {
  return {
    apiVersion: 'eventing.knative.dev/v1alpha1',
    kind: 'KafkaSink',
    metadata: { namespace: 'default', name },
    spec,
  };
}

/** Which object a manifest is. */
export function identity({ apiVersion, kind, metadata: { namespace = '', name } }: Manifest): ObjectIdentity {
  return { apiVersion, kind, namespace, name };
}
