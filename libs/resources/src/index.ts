/** The public names of `@eventing-kafka/resources`, listed one by one. */
export { apiVersions, compareKeys, foreignKey, isServedKey, keyText, resourceKinds } from './resource-key.ts';
export type { ResourceKey, ResourceKind, ServedKey, ServedKind } from './resource-key.ts';
export { keyOf } from './resource-types.ts';
export type {
  Broker,
  ConfigMap,
  DeliverySpec,
  Destination,
  EventPolicy,
  FilterSpec,
  ForeignObject,
  KafkaSink,
  ManifestResource,
  ObjectMetadata,
  ObjectReference,
  ResourceByKind,
  SecretReference,
  ServedResource,
  Service,
  ServiceAccount,
  Trigger,
} from './resource-types.ts';
export type { Address, Condition, ConditionStatus, ResourceStatus } from './resource-status.ts';
export { problemText } from './resource-source.ts';
export type {
  ClusterWriter,
  ObjectEvent,
  ObjectManifest,
  ResourceSource,
  ResourceView,
  SourceProblem,
} from './resource-source.ts';
export { ResourceCache } from './resource-cache.ts';
export { MemorySource } from './memory-source.ts';
export { deterministicUid } from './deterministic-uid.ts';

export { brokerClassAnnotation, brokerClasses, parseResource } from './parse-resource.ts';
export type { ParsedResource, ParseDefaults } from './parse-resource.ts';
export { pathText } from './structural-schema.ts';
export type { StructuralProblem, ValuePath } from './structural-schema.ts';
export { parseDurationMs } from './duration.ts';
export { parseNameTemplate } from './name-template.ts';
export type { NameTemplate } from './name-template.ts';

export { planningOptions } from './planning-options.ts';
export type { DefaultBrokerConfig, PlanningOptions } from './planning-options.ts';
export { externalTopicAnnotation, isOurBroker, planBroker } from './broker-plan.ts';
export { planKafkaSink, topicOwnerAnnotation } from './sink-plan.ts';
export type { IngressPlan } from './ingress-plan.ts';
export { deliveryOrderAnnotation, planTrigger } from './trigger-plan.ts';
export type { TriggerPlan } from './trigger-plan.ts';
export { topicNameProblem } from './topic-plan.ts';
export type { TopicOutcome, TopicPlan } from './topic-plan.ts';
export { ingressPath, ingressUrl, resolveDestination } from './destination.ts';
export type { ResolveContext, ResolvedDestination } from './destination.ts';
export type { Failure, Outcome } from './outcome.ts';

export { conditionOf, servingPhase, summarizeConditions } from './conditions.ts';
export type { ConditionMark, ServingPhase } from './conditions.ts';
export { ingressConditions } from './ingress-conditions.ts';
export type { IngressObservation } from './ingress-conditions.ts';
export { triggerConditions } from './trigger-conditions.ts';
export type { InitialOffsetsOutcome, TriggerObservation } from './trigger-conditions.ts';
export type { PublishOutcome, ServingStatus } from './serving-status.ts';
