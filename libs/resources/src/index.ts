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
  MaybeInvalid,
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

export {
  brokerClassAnnotation,
  brokerClasses,
  namespacedBrokerClass,
  sharedBrokerClass,
} from './objects/broker-class.ts';
export { parseResource } from './parsing/parse-resource.ts';
export type { ParsedResource, ParseDefaults } from './parsing/parse-resource.ts';
export { pathText } from './parsing/structural-schema.ts';
export type { StructuralProblem, ValuePath } from './parsing/structural-schema.ts';
export { parseDurationMs } from './parsing/duration.ts';
export { parseNameTemplate } from './features/name-template.ts';
export type { NameTemplate } from './features/name-template.ts';

export { planningOptions } from './planning/planning-options.ts';
export type { DefaultBrokerConfig, PlanningOptions } from './planning/planning-options.ts';
export { brokerClassOf, isOurBroker } from './planning/broker-class-of.ts';
export { planBroker } from './planning/broker-plan.ts';
export { planKafkaSink } from './planning/sink-plan.ts';
export { externalTopicAnnotation, topicAnnotation, topicOwnerAnnotation } from './planning/topic-ownership.ts';
export type { IngressPlan } from './planning/ingress-plan.ts';
export { deliveryOrderAnnotation, planTrigger } from './planning/trigger-plan.ts';
export type { TriggerPlan } from './planning/trigger-plan.ts';
export { groupAnnotation, groupIdProblem } from './planning/group-plan.ts';
export { topicNameProblem } from './planning/topic-plan.ts';
export type { TopicOutcome, TopicPlan } from './planning/topic-plan.ts';
export { resolveDestination } from './planning/destination.ts';
export { dataPlaneNamespaceOf, ingressPath } from './planning/ingress-address.ts';
export type { ResolveContext, ResolvedDestination } from './planning/destination.ts';
export type { Failure, Outcome } from './planning/outcome.ts';

export { conditionOf, servingPhase, summarizeConditions } from './conditions/conditions.ts';
export type { ConditionMark, ServingPhase } from './conditions/conditions.ts';
export { ingressConditions } from './conditions/ingress-conditions.ts';
export type { IngressObservation } from './conditions/ingress-conditions.ts';
export { triggerConditions } from './conditions/trigger-conditions.ts';
export type { IdentityFailure, InitialOffsetsOutcome, TriggerObservation } from './conditions/trigger-conditions.ts';
export type { PublishOutcome, ServingStatus } from './conditions/serving-status.ts';

export { featureConfigMaps, featureReader } from './features/features.ts';
export type { FeatureDefaults, FeatureReader, Features } from './features/features.ts';
export type { FeatureProblem } from './features/feature-flags.ts';
export type { DefaultAuthorizationMode, TransportEncryption } from './features/core-features.ts';
export {
  brokerDefaultsFor,
  defaultBrokerClass,
  forbidsForeignConfig,
  parseBrokerDefaults,
} from './features/broker-defaults.ts';
export type { BrokerClassDefaults, BrokerDefaults, BrokerScopeDefaults } from './features/broker-defaults.ts';

export { foreignObjectOf } from './parsing/foreign-object.ts';
export { parseStatus } from './parsing/parse-status.ts';
export { destinationNotAllowed, guardedDestination } from './planning/destination-guard.ts';
export type { DestinationGuardOptions } from './planning/destination-guard.ts';
export { oidcLabel, oidcServiceAccountName, planOidcIdentity } from './planning/oidc-identity.ts';
export type { OidcIdentityPlan } from './planning/oidc-identity.ts';
export { judgeEventPolicy } from './planning/event-policy-judgement.ts';
export type { EventPolicyJudgement } from './planning/event-policy-judgement.ts';
export { dependencyAnnotation } from './planning/dependency.ts';

export { planBrokerDeletion, planSinkDeletion, planTriggerDeletion, releasedSecret } from './planning/deletion-plan.ts';
export type { DeletionPlan } from './planning/deletion-plan.ts';
export { clusterAnnotations, recordedCluster, recordedSecret } from './planning/cluster-annotations.ts';
export type { ClusterReference } from './planning/cluster-annotations.ts';
export { finalizerOf, ownFinalizers, secretFinalizer } from './cluster/finalizers.ts';
export { dataPlaneAccessLabel, planSecretAccess, secretAccessName } from './cluster/secret-access.ts';
export type { DataPlaneAccount } from './cluster/secret-access.ts';
export { planTokenAccess, tokenAccessAnnotation, tokenAccessName } from './cluster/token-access.ts';
export { dataPlaneOriginals, namespacedLabel, planNamespacedDataPlane } from './cluster/namespaced-data-plane.ts';
export type { DataPlaneOriginal, TargetNamespace } from './cluster/namespaced-data-plane.ts';
export { trustBundlesOf } from './cluster/trust-bundles.ts';
