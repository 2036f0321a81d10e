import { ContentMode } from '@eventing-kafka/contract';
import { ingressPath, ingressUrl } from './destination.ts';
import { isRefused } from '../conditions/conditions.ts';
import { authOf, missingSecret, referenceTo } from './ingress-plan.ts';
import type { IngressPlan } from './ingress-plan.ts';
import type { PlanningOptions } from './planning-options.ts';
import type { ResourceKey } from '../objects/resource-key.ts';
import type { ResourceView } from '../objects/resource-source.ts';
import type { KafkaSink } from '../objects/resource-types.ts';
import { bootstrapServerList } from './topic-plan.ts';
import type { TopicPlan } from './topic-plan.ts';

/** Status annotation of a KafkaSink: who made the topic. */
export const topicOwnerAnnotation = 'eventing.knative.dev/topic.owner';

/** Who owns a sink's topic, in the words of its status. */
export function topicOwner(ownership: TopicPlan['ownership']): 'kafkasink-controller' | 'external' {
  return ownership === 'managed' ? 'kafkasink-controller' : 'external';
}

/** What a KafkaSink asks for (control-plane 15.2). */
export function planKafkaSink(sink: KafkaSink, view: ResourceView, options: PlanningOptions): IngressPlan {
  const { namespace, name, uid } = sink.metadata;
  const { topic: topicName, numPartitions, replicationFactor, auth } = sink.spec;
  const secretName = auth?.secret?.ref?.name;
  const secret: ResourceKey | undefined =
    secretName === undefined ? undefined : { kind: 'Secret', namespace, name: secretName };
  const secretProblem = missingSecret(secret, view);
  const managed = numPartitions !== undefined && replicationFactor !== undefined;
  const topic: TopicPlan = {
    bootstrapServers: sink.spec.bootstrapServers.flatMap(bootstrapServerList).join(','),
    ...(secret === undefined ? {} : { secret }),
    name: topicName,
    ownership: managed ? 'managed' : 'external',
    partitions: numPartitions ?? 0,
    replicationFactor: replicationFactor ?? 0,
    config: {},
  };
  const common = {
    object: sink,
    address: { name: 'http', url: ingressUrl(options, namespace, name) } as const,
    status: { annotations: { [topicOwnerAnnotation]: topicOwner(topic.ownership) } },
  };
  if (secretProblem !== undefined) {
    const at = ['spec', 'auth', 'secret', 'ref', 'name'];
    return { ...common, failures: [isRefused(at, 'TopicReady', 'Failed to get broker auth secret', secretProblem)] };
  }
  return {
    ...common,
    failures: [],
    topic,
    resource: {
      uid,
      topics: [topicName],
      bootstrapServers: topic.bootstrapServers,
      ingress: {
        contentMode: sink.spec.contentMode === 'structured' ? ContentMode.STRUCTURED : ContentMode.BINARY,
        path: ingressPath(namespace, name),
        host: '',
        audience: '',
        eventPolicies: [],
      },
      egressConfig: undefined,
      egresses: [],
      auth: authOf(secret, view),
      cloudEventOverrides: undefined,
      reference: referenceTo('KafkaSink', sink.metadata),
      featureFlags: { enableEventTypeAutocreate: false },
      dataPlaneNamespace: '',
    },
  };
}
