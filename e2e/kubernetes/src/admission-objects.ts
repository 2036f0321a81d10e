/** An object of ours, perhaps a wrong one. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** Any of our kinds, in `default`. */
export function object(
  kind: 'Broker' | 'Trigger' | 'KafkaSink' | 'EventPolicy',
  name: string,
  spec: unknown,
  annotations?: object,
): KubernetesObject {
  const version = kind === 'KafkaSink' || kind === 'EventPolicy' ? 'v1alpha1' : 'v1';
  const metadata = { name, namespace: 'default', ...(annotations === undefined ? {} : { annotations }) };
  return { apiVersion: `eventing.knative.dev/${version}`, kind, metadata, ...(spec === undefined ? {} : { spec }) };
}

/** A KafkaSink that is fine but for what `spec` says. */
export function sink(name: string, spec: object = {}): KubernetesObject {
  return object('KafkaSink', name, { topic: 'orders', bootstrapServers: ['kafka:9092'], ...spec });
}

/** A Trigger that is fine but for what `spec` says. */
export function trigger(name: string, spec: object = {}): KubernetesObject {
  return object('Trigger', name, { broker: 'default', subscriber: { uri: 'http://subscriber.example' }, ...spec });
}

/** Annotations of a Broker of ours. */
export const kafkaClass = { 'eventing.knative.dev/broker.class': 'Kafka' };
