import type { Broker } from '../objects/resource-types.ts';
import type { TopicPlan } from './topic-plan.ts';

/** Its presence says that the topic of a Broker is not ours; its value names the topic. Never changed after creation. */
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
 * What is wrong with the external topic of a Broker: an empty name, or another choice than the one its events are in by now. Taking it
 * back would leave a topic behind, or one day delete somebody else's (control-plane 26 no. 35).
 */
export function externalTopicProblem(
  broker: Broker,
  annotations: Readonly<Record<string, string>>,
): { readonly reason: string; readonly message: string } | undefined {
  const wanted = broker.metadata.annotations[externalTopicAnnotation];
  if (wanted === '')
    return {
      reason: 'Topic is not present or invalid',
      message: `annotation ${externalTopicAnnotation} is empty, expected the name of a topic`,
    };
  const used = annotations[topicAnnotation];
  if (used === undefined) return undefined;
  const owner = recordedOwnership(annotations);
  const changed = (what: string): { readonly reason: string; readonly message: string } => ({
    reason: 'ExternalTopicChanged',
    message: `annotation ${externalTopicAnnotation} ${what}; put it back, or make a new Broker`,
  });
  if (wanted === undefined)
    return owner === 'external' ? changed(`was removed while topic ${used} is in use`) : undefined;
  if (owner === 'managed') return changed(`was added while topic ${used}, made for this Broker, is in use`);
  return wanted === used ? undefined : changed(`was changed from ${used} to ${wanted}`);
}
