import { isKafkaError } from '@eventing-kafka/kafka-client';
import { topicNameProblem } from '@eventing-kafka/resources';
import type { TopicOutcome, TopicPlan } from '@eventing-kafka/resources';
import { ClusterUnavailable } from './kafka-access.ts';
import type { KafkaAccess } from './kafka-access.ts';

/** What came of it, and whether another try may end otherwise. `busy`: nothing was tried, look again soon. */
export type EnsureTopicResult =
  { readonly kind: 'busy' } | { readonly kind: 'tried'; readonly outcome: TopicOutcome; readonly retry: boolean };

/** Makes a managed topic unless it is there; checks an external one (control-plane 5.3, 7.3.8). An existing topic is never changed. */
export async function ensureTopic(kafka: KafkaAccess, topic: TopicPlan): Promise<EnsureTopicResult> {
  const step = topic.ownership === 'managed' ? 'create' : 'check';
  const problem = topicNameProblem(topic.name);
  if (problem !== undefined)
    return { kind: 'tried', outcome: { kind: 'failed', step, message: problem }, retry: false };
  try {
    const outcome = await kafka.use(topic, async ({ admin }): Promise<TopicOutcome> => {
      if (topic.ownership === 'managed') {
        const { name, partitions, replicationFactor, config } = topic;
        await admin.create({ name, partitions, replicationFactor, config });
        return { kind: 'ready' };
      }
      const found = await admin.describe(topic.name);
      if (found !== undefined && found.partitions > 0) return { kind: 'ready' };
      return { kind: 'failed', step, message: `invalid topic ${topic.name}: validation failed: no partitions` };
    });
    return { kind: 'tried', outcome, retry: outcome.kind === 'failed' };
  } catch (error) {
    if (error instanceof ClusterUnavailable) {
      if (error.code === 'busy') return { kind: 'busy' };
      return { kind: 'tried', outcome: { kind: 'failed', step: error.code, message: error.message }, retry: true };
    }
    if (!isKafkaError(error)) throw error;
    return { kind: 'tried', outcome: { kind: 'failed', step, message: error.message }, retry: true };
  }
}
