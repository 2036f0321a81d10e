/** The public names of `@eventing-kafka/resources`, listed one by one. */
export { apiVersions, compareKeys, isServedKind, keyText, resourceKinds } from './resource-key.ts';
export type { ResourceKey, ResourceKind, ServedKind } from './resource-key.ts';
export { keyOf } from './resource-types.ts';
export type {
  Broker,
  ConfigMap,
  DeliverySpec,
  Destination,
  FilterSpec,
  KafkaSink,
  ManifestResource,
  ObjectMetadata,
  ObjectReference,
  ResourceByKind,
  SecretReference,
  ServedResource,
  Service,
  Trigger,
} from './resource-types.ts';
export type { Address, Condition, ConditionStatus, ResourceStatus } from './resource-status.ts';
export { problemText } from './resource-source.ts';
export type { ResourceSource, ResourceView, SourceProblem } from './resource-source.ts';
export { deterministicUid } from './deterministic-uid.ts';
