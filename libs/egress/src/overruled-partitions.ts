import { decodeCommitMetadata } from '@eventing-kafka/delivery';
import type { CommittedOffset, OffsetStore } from '@eventing-kafka/kafka-client';
import type { EgressPartition } from './egress-partition.ts';

/**
 * Whether a committed position is one that no dispatcher wrote, but an operator who moved the group, say with
 * `kafka-consumer-groups --reset-offsets`: every commit of ours is signed with the id of the topic. Where nothing is committed (the
 * offsets were deleted) nobody decided for another position.
 */
export function isOfSomebodyElse({ offset, metadata, error }: CommittedOffset): boolean {
  return error === undefined && offset !== undefined && decodeCommitMetadata(offset, metadata)?.topicId === undefined;
}

/**
 * Of these partitions, those whose group was moved by somebody else. One request for all groups. Where Kafka does not tell topics from
 * their predecessors commits are not signed, and nobody else's can be told from ours. Rejects with a `KafkaError`.
 */
export async function overruledPartitions(
  store: OffsetStore,
  parts: readonly EgressPartition[],
): Promise<readonly EgressPartition[]> {
  const signed = parts.filter((part) => part.topicId !== undefined && part.isSigned);
  if (signed.length === 0) return [];
  const byPlace = new Map(signed.map((part) => [placeOf(part.pipeline.plan.consumerGroup, part), part]));
  const rows = await store.fetch(
    signed.map(({ pipeline, topic, partition }) => ({
      groupId: pipeline.plan.consumerGroup,
      topic,
      partitions: [partition],
    })),
  );
  return rows.flatMap((row) => (isOfSomebodyElse(row) ? (byPlace.get(placeOf(row.groupId, row)) ?? []) : []));
}

function placeOf(
  groupId: string,
  { topic, partition }: { readonly topic: string; readonly partition: number },
): string {
  return JSON.stringify([groupId, topic, partition]);
}
