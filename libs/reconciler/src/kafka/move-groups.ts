import { isDeepStrictEqual } from 'node:util';
import { InitialOffset } from '@eventing-kafka/contract';
import type { TopicPlan } from '@eventing-kafka/resources';
import type { IngressEntry, TriggerEntry } from '../entries.ts';
import { fixInitialOffsets } from './initial-offsets.ts';
import type { StartPositions } from './initial-offsets.ts';
import type { KafkaAccess } from './kafka-access.ts';
import { groupText } from '../reconcile-trigger.ts';

/** What came of it. `busy`: nothing was tried, look again soon. */
export type MoveGroupsResult =
  | { readonly kind: 'busy' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string; readonly unreachable: boolean };

/**
 * Fixes where the groups of Triggers in service start on the topic that their Broker is about to take events into. Done before
 * that topic is published: what is accepted there before a dispatcher has joined would be before the end that it starts at.
 */
export async function moveGroups(
  entry: IngressEntry,
  topic: TopicPlan,
  triggers: () => Iterable<TriggerEntry>,
  kafka: KafkaAccess,
): Promise<MoveGroupsResult> {
  const move =
    isDeepStrictEqual(entry.move?.to, topic) && entry.move !== undefined
      ? entry.move
      : { to: topic, starts: new Map<string, StartPositions>() };
  entry.move = move;
  const { starts } = move;
  const fixed = new Set<string>();
  for (;;) {
    const groups = new Map<string, StartPositions>();
    for (const { egress, offsetsFixedFor } of triggers()) {
      if (egress === undefined || egress.initialOffset === InitialOffset.EARLIEST) continue;
      const { consumerGroup } = egress;
      if (fixed.has(consumerGroup) || offsetsFixedFor === groupText(topic, consumerGroup)) continue;
      const positions = starts.get(consumerGroup) ?? new Map<number, number>();
      starts.set(consumerGroup, positions);
      groups.set(consumerGroup, positions);
    }
    if (groups.size === 0) break;
    const result = await fixInitialOffsets(kafka, { cluster: topic, topic: topic.name, groups });
    if (result.kind === 'busy') return result;
    const failed = [...result.outcomes.values()].find((outcome) => outcome.kind === 'failed');
    if (failed !== undefined) return { ...failed, unreachable: result.unreachable };
    // A Trigger may have come into service meanwhile: another round finds it.
    for (const groupId of groups.keys()) fixed.add(groupId);
  }
  entry.move = undefined;
  return { kind: 'done' };
}
