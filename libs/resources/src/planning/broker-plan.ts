import { ContentMode } from '@eventing-kafka/contract';
import type { EgressConfig, Resource } from '@eventing-kafka/contract';
import { brokerConfigOf } from './broker-config.ts';
import type { BrokerConfig } from './broker-config.ts';
import type { ConditionMark } from '../conditions/conditions.ts';
import { isRefused } from '../conditions/conditions.ts';
import { ingressPath, ingressUrl } from './destination.ts';
import { egressConfigOf } from './egress-config.ts';
import { authOf, missingSecret, referenceTo } from './ingress-plan.ts';
import type { IngressPlan } from './ingress-plan.ts';
import type { PlanningOptions } from './planning-options.ts';
import { brokerClassAnnotation, brokerClasses } from '../parsing/parse-resource.ts';
import type { ResourceKey } from '../objects/resource-key.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { ResourceStatus } from '../objects/resource-status.ts';
import type { Broker } from '../objects/resource-types.ts';
import type { TopicPlan } from './topic-plan.ts';

/** Its presence says that the topic of a Broker is not ours, even when it is empty. */
export const externalTopicAnnotation = 'kafka.eventing.knative.dev/external.topic';

/** Whether a Broker is served here. One without a class is. */
export function isOurBroker(broker: Broker): boolean {
  const className = broker.metadata.annotations[brokerClassAnnotation];
  return className === undefined || brokerClasses.includes(className);
}

/** What a Broker asks for (control-plane 7.3, steps 3 to 12). Reads ConfigMap, Secret and destinations through the view. */
export function planBroker(
  broker: Broker,
  view: ResourceView,
  previous: Pick<ResourceStatus, 'annotations'> | undefined,
  options: PlanningOptions,
): IngressPlan {
  const { namespace, name } = broker.metadata;
  const failures: ConditionMark[] = [];
  const address = { name: 'http', url: ingressUrl(options, namespace, name) } as const;
  const annotations = previous?.annotations ?? {};

  const config = brokerConfigOf(broker, view, annotations, options);
  if (!config.ok) failures.push(isRefused(['spec', 'config'], 'ConfigParsed', config.error));
  const topic = config.ok ? topicOf(broker, config.value, annotations, options) : undefined;
  const secretProblem = missingSecret(topic?.secret, view);
  if (secretProblem !== undefined)
    failures.push(isRefused(['spec', 'config'], 'TopicReady', 'Failed to get broker auth secret', secretProblem));
  const egressConfig = egressConfigOf(broker.spec.delivery, { namespace, view, options });
  if (config.ok && !egressConfig.ok)
    failures.push(isRefused(['spec', 'delivery', ...egressConfig.path], 'ConfigParsed', egressConfig.error));

  const delivery = egressConfig.ok ? egressConfig.value : undefined;
  return {
    object: broker,
    failures,
    address,
    ...(topic === undefined || secretProblem !== undefined ? {} : { topic }),
    ...(topic === undefined || failures.length > 0 ? {} : { resource: resourceOf(broker, topic, delivery, view) }),
    status: {
      // What was read once stays: the Broker can be served and removed without its ConfigMap.
      annotations: config.ok ? { ...annotations, ...config.value.annotations } : annotations,
      ...deadLetterStatus(delivery),
    },
  };
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

function topicOf(
  broker: Broker,
  config: BrokerConfig,
  annotations: Readonly<Record<string, string>>,
  options: PlanningOptions,
): TopicPlan {
  const external = broker.metadata.annotations[externalTopicAnnotation];
  const secret: ResourceKey | undefined =
    config.secret === undefined ? undefined : { kind: 'Secret', ...config.secret };
  return {
    bootstrapServers: config.bootstrapServers.join(','),
    ...(secret === undefined ? {} : { secret }),
    // A name once used stays, whatever the template says later.
    name: external ?? annotations['default.topic'] ?? options.brokerTopicName(broker.metadata),
    ownership: external === undefined ? 'managed' : 'external',
    partitions: config.partitions,
    replicationFactor: config.replicationFactor,
    config: config.topicConfig,
  };
}

function resourceOf(
  broker: Broker,
  topic: TopicPlan,
  egressConfig: EgressConfig | undefined,
  view: ResourceView,
): Resource {
  const { uid, namespace, name } = broker.metadata;
  return {
    uid,
    topics: [topic.name],
    bootstrapServers: topic.bootstrapServers,
    ingress: {
      contentMode: ContentMode.BINARY,
      path: ingressPath(namespace, name),
      host: '',
      audience: '',
      eventPolicies: [],
    },
    egressConfig,
    egresses: [],
    auth: authOf(topic.secret, view),
    cloudEventOverrides: undefined,
    reference: referenceTo('Broker', broker.metadata),
    featureFlags: { enableEventTypeAutocreate: false },
    dataPlaneNamespace: '',
  };
}
