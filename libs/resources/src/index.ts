/** The public names of `@eventing-kafka/resources`, listed one by one. */
export { apiVersions, compareKeys, foreignKey, isServedKey, keyText, resourceKinds } from './objects/resource-key.ts';
export type { ResourceKey, ResourceKind, ServedKey, ServedKind } from './objects/resource-key.ts';
export { keyOf } from './objects/resource-types.ts';
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
} from './objects/resource-types.ts';
export type { Address, Condition, ConditionStatus, ResourceStatus } from './objects/resource-status.ts';
export { problemText } from './objects/resource-source.ts';
export type {
  ClusterWriter,
  ObjectEvent,
  ObjectManifest,
  ResourceSource,
  ResourceView,
  SourceProblem,
} from './objects/resource-source.ts';
export { ResourceCache } from './objects/resource-cache.ts';
export { MemorySource } from './objects/memory-source.ts';
export { deterministicUid } from './objects/deterministic-uid.ts';

export { brokerClassAnnotation, brokerClasses, parseResource } from './parsing/parse-resource.ts';
export type { ParsedResource, ParseDefaults } from './parsing/parse-resource.ts';
export { pathText } from './parsing/structural-schema.ts';
export type { StructuralProblem, ValuePath } from './parsing/structural-schema.ts';
export { parseDurationMs } from './parsing/duration.ts';
export { parseNameTemplate } from './features/name-template.ts';
export type { NameTemplate } from './features/name-template.ts';

export { planningOptions } from './planning/planning-options.ts';
export type { DefaultBrokerConfig, PlanningOptions } from './planning/planning-options.ts';
export { externalTopicAnnotation, isOurBroker, planBroker } from './planning/broker-plan.ts';
export { planKafkaSink, topicOwnerAnnotation } from './planning/sink-plan.ts';
export type { IngressPlan } from './planning/ingress-plan.ts';
export { deliveryOrderAnnotation, planTrigger } from './planning/trigger-plan.ts';
export type { TriggerPlan } from './planning/trigger-plan.ts';
export { topicNameProblem } from './planning/topic-plan.ts';
export type { TopicOutcome, TopicPlan } from './planning/topic-plan.ts';
export { ingressPath, ingressUrl, resolveDestination } from './planning/destination.ts';
export type { ResolveContext, ResolvedDestination } from './planning/destination.ts';
export type { Failure, Outcome } from './planning/outcome.ts';

export { conditionOf, servingPhase, summarizeConditions } from './conditions/conditions.ts';
export type { ConditionMark, ServingPhase } from './conditions/conditions.ts';
export { ingressConditions } from './conditions/ingress-conditions.ts';
export type { IngressObservation } from './conditions/ingress-conditions.ts';
export { triggerConditions } from './conditions/trigger-conditions.ts';
export type { InitialOffsetsOutcome, TriggerObservation } from './conditions/trigger-conditions.ts';
export type { PublishOutcome, ServingStatus } from './conditions/serving-status.ts';
