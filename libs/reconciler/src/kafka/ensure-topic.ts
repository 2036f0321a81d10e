import { isKafkaError } from '@eventing-kafka/kafka-client';
import type { TopicAdmin } from '@eventing-kafka/kafka-client';
import { topicNameProblem } from '@eventing-kafka/resources';
import type { TopicOutcome, TopicPlan } from '@eventing-kafka/resources';
import { ClusterUnavailable } from './kafka-access.ts';
import type { KafkaAccess } from './kafka-access.ts';
import { topicDifferences } from './topic-differences.ts';

/** What came of it, and whether another try may end otherwise. `busy`: nothing was tried, look again soon. */
export type EnsureTopicResult =
  | { readonly kind: 'busy' }
  | {
      readonly kind: 'tried';
      readonly outcome: TopicOutcome;
      readonly retry: boolean;
      /** It was not there and is now. */
      readonly isNew: boolean;
    };

/** Makes a managed topic unless it is there; checks an external one (control-plane 5.3, 7.3.8). An existing topic is never changed. */
export async function ensureTopic(kafka: KafkaAccess, topic: TopicPlan): Promise<EnsureTopicResult> {
  const step = topic.ownership === 'managed' ? 'create' : 'check';
  const failed = (
    message: string,
    retry: boolean,
    at: 'connect' | 'secret' | typeof step = step,
  ): EnsureTopicResult => ({
    kind: 'tried',
    outcome: { kind: 'failed', step: at, message },
    retry,
    isNew: false,
  });
  const problem = topicNameProblem(topic.name);
  if (problem !== undefined) return failed(problem, false);
  try {
    return await kafka.use(topic, async ({ admin }): Promise<EnsureTopicResult> => {
      if (topic.ownership === 'managed') return await make(admin, topic);
      const found = await admin.describe(topic.name);
      if (found !== undefined && found.partitions > 0)
        return { kind: 'tried', outcome: { kind: 'ready' }, retry: false, isNew: false };
      return failed(`invalid topic ${topic.name}: validation failed: no partitions`, true);
    });
  } catch (error) {
    if (error instanceof ClusterUnavailable)
      return error.code === 'busy' ? { kind: 'busy' } : failed(error.message, true, error.code);
    if (!isKafkaError(error)) throw error;
    return failed(error.message, true);
  }
}

async function make(admin: TopicAdmin, topic: TopicPlan): Promise<EnsureTopicResult> {
  const { name, partitions, replicationFactor, config } = topic;
  const isNew = (await admin.create({ name, partitions, replicationFactor, config })) === 'created';
  const message = isNew ? undefined : await differences(admin, topic);
  const outcome: TopicOutcome = { kind: 'ready', ...(message === undefined ? {} : { message }) };
  return { kind: 'tried', outcome, retry: false, isNew };
}

async function differences(admin: TopicAdmin, topic: TopicPlan): Promise<string | undefined> {
  try {
    const found = await admin.describe(topic.name);
    if (found === undefined) return undefined;
    return topicDifferences(topic, { ...found, config: await admin.config(topic.name, Object.keys(topic.config)) });
  } catch (error) {
    // That it is there is known, and enough to serve it. To look at it more closely may not be allowed.
    if (!isKafkaError(error) || error.retriable) throw error;
    return undefined;
  }
}
