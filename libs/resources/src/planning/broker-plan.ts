import { ContentMode } from '@eventing-kafka/contract';
import type { EgressConfig, Resource } from '@eventing-kafka/contract';
import { isFalse, isRefused } from '../conditions/conditions.ts';
import type { ConditionMark } from '../conditions/conditions.ts';
import { brokerDefaultsFor } from '../features/broker-defaults.ts';
import type { Features } from '../features/features.ts';
import type { ResourceKey } from '../objects/resource-key.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { ResourceStatus } from '../objects/resource-status.ts';
import type { Broker, DeliverySpec } from '../objects/resource-types.ts';
import { brokerClassOf } from './broker-class-of.ts';
import { brokerConfigOf, configNamespaceProblem, foreignSecretProblem, withoutConfig } from './broker-config.ts';
import type { BrokerConfig } from './broker-config.ts';
import { egressConfigOf } from './egress-config.ts';
import { policyStatus } from './event-policies.ts';
import type { PolicyPlan } from './event-policies.ts';
import { audienceOf, dataPlaneNamespaceOf, ingressPath } from './ingress-address.ts';
import { authOf, missingSecret, planWayIn, referenceTo, refusedTopicName } from './ingress-plan.ts';
import type { IngressPlan } from './ingress-plan.ts';
import type { Outcome } from './outcome.ts';
import { succeeded } from './outcome.ts';
import type { PlanningOptions } from './planning-options.ts';
import {
  brokerTopicOwner,
  externalTopicAnnotation,
  externalTopicProblem,
  topicAnnotation,
  topicOwnerAnnotation,
} from './topic-ownership.ts';
import type { TopicPlan } from './topic-plan.ts';

/**
 * What a Broker asks for (control-plane 7.3, steps 3 to 12). Reads features, ConfigMap, Secret, policies and destinations through the
 * view.
 */
export function planBroker(
  broker: Broker,
  view: ResourceView,
  previous: Pick<ResourceStatus, 'annotations'> | undefined,
  options: PlanningOptions,
): IngressPlan {
  const features = options.features(view);
  const annotations = previous?.annotations ?? {};
  const { policies, failures: wayInFailures, ...wayIn } = planWayIn(broker, view, features, options);
  if (broker.invalid !== undefined)
    return { object: broker, ...wayIn, failures: wayInFailures, status: { annotations, ...policyStatus(policies) } };

  const config = brokerConfigOf(broker, view, annotations, options);
  const topic = config.ok ? topicOf(broker, config.value, annotations, features) : undefined;
  const topicFailure = config.ok ? topicFailureOf(broker, topic, annotations, view) : undefined;
  const delivery = deliveryOf(broker, features);
  const egressConfig = egressConfigOf(delivery, { namespace: broker.metadata.namespace, view, options });
  const misplaced =
    configNamespaceProblem(broker, features) ??
    (config.ok ? foreignSecretProblem(config.value, dataPlaneNamespaceOf(broker, features, options)) : undefined);
  const failures: readonly ConditionMark[] = [
    ...wayInFailures,
    ...(misplaced === undefined
      ? []
      : [isRefused(['spec', 'config', 'namespace'], 'DataPlaneAvailable', 'CreateDataPlane', misplaced)]),
    // The text is the reason, as upstream has it.
    ...(config.ok ? [] : [isRefused(['spec', 'config', ...config.path], 'ConfigParsed', config.error)]),
    ...(topicFailure === undefined ? [] : [topicFailure]),
    ...(config.ok && !egressConfig.ok ? [deliveryFailure(egressConfig)] : []),
  ];
  const plannedTopic = topic?.ok === true && topicFailure === undefined ? topic.value : undefined;
  const served = egressConfig.ok ? egressConfig.value : undefined;
  return {
    object: broker,
    ...wayIn,
    failures,
    ...(plannedTopic === undefined || misplaced !== undefined ? {} : { topic: plannedTopic }),
    ...(plannedTopic === undefined || failures.length > 0
      ? {}
      : { resource: resourceOf(broker, plannedTopic, served, { view, features, policies, options }) }),
    status: {
      // What was read last stays: the Broker can be served and removed without its ConfigMap.
      annotations: {
        ...(config.ok ? { ...withoutConfig(annotations), ...config.value.annotations } : annotations),
        ...(plannedTopic === undefined ? {} : { [topicOwnerAnnotation]: brokerTopicOwner(plannedTopic.ownership) }),
      },
      ...policyStatus(policies),
      ...deadLetterStatus(served),
    },
  };
}

/** A Broker's delivery: its own, else the default of `config-br-defaults` for its namespace and class. */
export function deliveryOf(broker: Broker, features: Features): DeliverySpec | undefined {
  if (broker.spec.delivery !== undefined) return broker.spec.delivery;
  const { namespace } = broker.metadata;
  return brokerDefaultsFor(features.brokerDefaults, namespace, brokerClassOf(broker, features))?.delivery;
}

/** `deadLetterSinkUri` and what belongs to it. */
export function deadLetterStatus(config: EgressConfig | undefined): Partial<ResourceStatus> {
  if (config === undefined || config.deadLetter === '') return {};
  return {
    deadLetterSinkUri: config.deadLetter,
    ...(config.deadLetterCaCerts === '' ? {} : { deadLetterSinkCACerts: config.deadLetterCaCerts }),
    ...(config.deadLetterAudience === '' ? {} : { deadLetterSinkAudience: config.deadLetterAudience }),
  };
}

/** The topic of a Broker; a failure says that none can be named. */
function topicOf(
  broker: Broker,
  config: BrokerConfig,
  annotations: Readonly<Record<string, string>>,
  features: Features,
): Outcome<TopicPlan> {
  const external = broker.metadata.annotations[externalTopicAnnotation];
  const secret: ResourceKey | undefined =
    config.secret === undefined ? undefined : { kind: 'Secret', ...config.secret };
  // A name once used stays, whatever the template says later.
  const used = external ?? annotations[topicAnnotation];
  if (used === undefined && !features.brokerTopicName.ok) return features.brokerTopicName;
  const fromTemplate = features.brokerTopicName.ok ? features.brokerTopicName.value(broker.metadata) : '';
  return succeeded({
    bootstrapServers: config.bootstrapServers.join(','),
    ...(secret === undefined ? {} : { secret }),
    name: used ?? fromTemplate,
    ownership: external === undefined ? 'managed' : 'external',
    partitions: config.partitions,
    replicationFactor: config.replicationFactor,
    config: config.topicConfig,
  });
}

/** Why there is no topic to be had, the Secret first. It is looked up in any case, so that it wakes the Broker when it appears. */
function topicFailureOf(
  broker: Broker,
  topic: Outcome<TopicPlan> | undefined,
  annotations: Readonly<Record<string, string>>,
  view: ResourceView,
): ConditionMark | undefined {
  if (topic === undefined) return undefined;
  if (!topic.ok) return isFalse('TopicReady', 'InvalidTopicTemplate', topic.error);
  const noSecret = missingSecret(topic.value.secret, view);
  if (noSecret !== undefined)
    return isRefused(['spec', 'config'], 'TopicReady', 'Failed to get broker auth secret', noSecret);
  const external = externalTopicProblem(broker, annotations);
  if (external !== undefined) {
    const at = ['metadata', 'annotations', externalTopicAnnotation];
    return isRefused(at, 'TopicReady', external.reason, external.message);
  }
  return refusedTopicName(topic.value);
}

/** Upstream puts the whole text into the reason; a reason of its own stands there itself. */
function deliveryFailure(failure: {
  error: string;
  path: readonly (string | number)[];
  reason?: string;
}): ConditionMark {
  const at = ['spec', 'delivery', ...failure.path];
  return failure.reason === undefined
    ? isRefused(at, 'ConfigParsed', failure.error)
    : isRefused(at, 'ConfigParsed', failure.reason, failure.error);
}

function resourceOf(
  broker: Broker,
  topic: TopicPlan,
  egressConfig: EgressConfig | undefined,
  context: {
    readonly view: ResourceView;
    readonly features: Features;
    readonly policies: PolicyPlan;
    readonly options: PlanningOptions;
  },
): Resource {
  const { uid, namespace, name } = broker.metadata;
  const { view, features, policies, options } = context;
  return {
    uid,
    topics: [topic.name],
    bootstrapServers: topic.bootstrapServers,
    ingress: {
      contentMode: ContentMode.BINARY,
      path: ingressPath(namespace, name),
      host: '',
      audience: audienceOf(broker, features),
      eventPolicies: [...policies.contract],
    },
    egressConfig,
    egresses: [],
    auth: authOf(topic.secret, view),
    cloudEventOverrides: undefined,
    reference: referenceTo('Broker', broker.metadata),
    featureFlags: { enableEventTypeAutocreate: features.eventTypeAutoCreate },
    dataPlaneNamespace: dataPlaneNamespaceOf(broker, features, options),
  };
}
