import type { Broker } from '../objects/resource-types.ts';
import type { TopicPlan } from './topic-plan.ts';

/** Its presence says that the topic of a Broker is not ours; its value names the topic. */
export const externalTopicAnnotation = 'kafka.eventing.knative.dev/external.topic';

/** Status annotation: who made the topic. */
export const topicOwnerAnnotation = 'eventing.knative.dev/topic.owner';

/** Status annotation of a Broker: the topic in use, once it is there. */
export const topicAnnotation = 'default.topic';

/** Who owns a sink's topic, in the words of its status. */
export function topicOwner(ownership: TopicPlan['ownership']): 'kafkasink-controller' | 'external' {
  return ownership === 'managed' ? 'kafkasink-controller' : 'external';
}

/** Who owns a Broker's topic, in the words of its status. */
export function brokerTopicOwner(ownership: TopicPlan['ownership']): 'broker-controller' | 'external' {
  return ownership === 'managed' ? 'broker-controller' : 'external';
}

/** Whose topic a status says it is; undefined when it does not say. */
export function recordedOwnership(annotations: Readonly<Record<string, string>>): TopicPlan['ownership'] | undefined {
  const owner = annotations[topicOwnerAnnotation];
  if (owner === undefined) return undefined;
  return owner === 'external' ? 'external' : 'managed';
}

/**
 * What is wrong with the external topic of a Broker: an empty name, or another owner than the topic in use has. Taking that back would leave
 * a topic behind, or one day delete somebody else's (control-plane 26 no. 35). From one external topic to another is a move like any:
 * the groups of its Triggers come along.
 */
export function externalTopicProblem(
  broker: Broker,
  annotations: Readonly<Record<string, string>>,
): { readonly reason: string; readonly message: string } | undefined {
  const wanted = broker.metadata.annotations[externalTopicAnnotation];
  if (wanted === '') {
    const message = `annotation ${externalTopicAnnotation} is empty, expected the name of a topic`;
    return { reason: 'Topic is not present or invalid', message };
  }
  const used = annotations[topicAnnotation];
  const owner = recordedOwnership(annotations);
  if (used === undefined || owner === undefined || owner === (wanted === undefined ? 'managed' : 'external'))
    return undefined;
  const change =
    wanted === undefined
      ? `was removed while topic ${used} is in use`
      : `was added while topic ${used}, made for this Broker, is in use`;
  return {
    reason: 'ExternalTopicChanged',
    message: `annotation ${externalTopicAnnotation} ${change}; put it back, or make a new Broker`,
  };
}
