import { ContentMode } from '@eventing-kafka/contract';
import { isRefused } from '../conditions/conditions.ts';
import type { ConditionMark } from '../conditions/conditions.ts';
import type { ResourceKey } from '../objects/resource-key.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { ResourceStatus } from '../objects/resource-status.ts';
import type { KafkaSink } from '../objects/resource-types.ts';
import { audienceOf, dataPlaneNamespaceOf, ingressPath } from './ingress-address.ts';
import { policyStatus } from './event-policies.ts';
import { authOf, missingSecret, planWayIn, referenceTo, refusedTopicName } from './ingress-plan.ts';
import type { IngressPlan } from './ingress-plan.ts';
import type { PlanningOptions } from './planning-options.ts';
import { topicOwner, topicOwnerAnnotation } from './topic-ownership.ts';
import { bootstrapServerList } from './topic-plan.ts';
import type { TopicPlan } from './topic-plan.ts';

/** What a KafkaSink asks for (control-plane 15.2). `previous`: what was said of it last. */
export function planKafkaSink(
  sink: KafkaSink,
  view: ResourceView,
  options: PlanningOptions,
  previous?: Pick<ResourceStatus, 'annotations'>,
): IngressPlan {
  const { namespace, name, uid } = sink.metadata;
  const features = options.features(view);
  const { policies, failures: wayInFailures, ...wayIn } = planWayIn(sink, view, features, options);
  if (sink.invalid !== undefined)
    return {
      object: sink,
      ...wayIn,
      failures: wayInFailures,
      // Whose the topic is, is needed when the sink is deleted.
      status: { annotations: previous?.annotations ?? {}, ...policyStatus(policies) },
    };

  const topic = sinkTopic(sink);
  const noSecret = missingSecret(topic.secret, view);
  const badName = refusedTopicName(topic);
  const failures: readonly ConditionMark[] = [
    ...wayInFailures,
    ...(noSecret === undefined
      ? []
      : [
          isRefused(
            ['spec', 'auth', 'secret', 'ref', 'name'],
            'TopicReady',
            'Failed to get broker auth secret',
            noSecret,
          ),
        ]),
    ...(noSecret !== undefined || badName === undefined ? [] : [{ ...badName, path: ['spec', 'topic'] }]),
  ];
  const isTopicGood = noSecret === undefined && badName === undefined;
  return {
    object: sink,
    ...wayIn,
    failures,
    status: {
      annotations: { [topicOwnerAnnotation]: topicOwner(topic.ownership) },
      ...policyStatus(policies),
    },
    ...(isTopicGood ? { topic } : {}),
    ...(failures.length > 0
      ? {}
      : {
          resource: {
            uid,
            topics: [topic.name],
            bootstrapServers: topic.bootstrapServers,
            ingress: {
              contentMode: sink.spec.contentMode === 'structured' ? ContentMode.STRUCTURED : ContentMode.BINARY,
              path: ingressPath(namespace, name),
              host: '',
              audience: audienceOf(sink, features),
              eventPolicies: [...policies.contract],
            },
            egressConfig: undefined,
            egresses: [],
            auth: authOf(topic.secret, view),
            cloudEventOverrides: undefined,
            reference: referenceTo('KafkaSink', sink.metadata),
            featureFlags: { enableEventTypeAutocreate: features.eventTypeAutoCreate },
            dataPlaneNamespace: dataPlaneNamespaceOf(sink, features, options),
          },
        }),
  };
}

/** The topic of a sink, from its spec alone: ours with `numPartitions` and `replicationFactor`, else somebody else's. */
export function sinkTopic(sink: KafkaSink): TopicPlan {
  const { topic, bootstrapServers, numPartitions, replicationFactor, auth } = sink.spec;
  const secretName = auth?.secret?.ref?.name;
  const secret: ResourceKey | undefined =
    secretName === undefined ? undefined : { kind: 'Secret', namespace: sink.metadata.namespace, name: secretName };
  return {
    bootstrapServers: bootstrapServers.flatMap(bootstrapServerList).join(','),
    ...(secret === undefined ? {} : { secret }),
    name: topic,
    ownership: numPartitions !== undefined && replicationFactor !== undefined ? 'managed' : 'external',
    partitions: numPartitions ?? 0,
    replicationFactor: replicationFactor ?? 0,
    config: {},
  };
}
