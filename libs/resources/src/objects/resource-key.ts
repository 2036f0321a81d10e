/** The kinds that users write and that we read. */
export const resourceKinds = [
  'Broker',
  'Trigger',
  'KafkaSink',
  'EventPolicy',
  'ConfigMap',
  'Secret',
  'Service',
  'ServiceAccount',
  'ForeignObject',
] as const;

/** One of {@link resourceKinds}. */
export type ResourceKind = (typeof resourceKinds)[number];

/** The kinds that are reconciled: they have conditions, and a part of the contract. The others are only looked up. */
export type ServedKind = 'Broker' | 'Trigger' | 'KafkaSink';

/** Which object is meant. There is at most one for each key. */
export interface ResourceKey {
  readonly kind: ResourceKind;
  readonly namespace: string;
  readonly name: string;
}

/** The key of an object that is reconciled. */
export interface ServedKey extends ResourceKey {
  readonly kind: ServedKind;
}

/** The API version under which each kind is written. */
export const apiVersions: Readonly<Record<ResourceKind, string>> = {
  Broker: 'eventing.knative.dev/v1',
  Trigger: 'eventing.knative.dev/v1',
  KafkaSink: 'eventing.knative.dev/v1alpha1',
  ConfigMap: 'v1',
  Secret: 'v1',
  EventPolicy: 'eventing.knative.dev/v1alpha1',
  Service: 'v1',
  ServiceAccount: 'v1',
  // Each says its own.
  ForeignObject: '',
};

/**
 * The key of an object of a kind that we know nothing of but its duck type: `apiVersion`, kind and name make up the key's name, so that
 * the cache holds any number of kinds.
 */
export function foreignKey(apiVersion: string, kind: string, namespace: string, name: string): ResourceKey {
  return { kind: 'ForeignObject', namespace, name: [apiVersion, kind, name].join(' ') };
}

/** A key as text, `Broker default/orders`: for maps, logs and people. */
export function keyText(key: ResourceKey): string {
  return `${key.kind} ${key.namespace}/${key.name}`;
}

/** Whether objects of this kind are reconciled, rather than only looked up. */
export function isServedKey(key: ResourceKey): key is ServedKey {
  return key.kind === 'Broker' || key.kind === 'Trigger' || key.kind === 'KafkaSink';
}

/** The order of lists that people read: Brokers, Triggers, sinks; then by namespace and name. */
export function compareKeys(a: ResourceKey, b: ResourceKey): number {
  return (
    resourceKinds.indexOf(a.kind) - resourceKinds.indexOf(b.kind) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
