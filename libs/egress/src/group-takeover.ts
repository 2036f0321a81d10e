import { decodeCommitMetadata, encodeCommitMetadata } from '@eventing-kafka/delivery';
import type { KafkaError } from '@eventing-kafka/kafka-client';
import type { ClusterConnection } from './cluster-connection.ts';
import type { EgressPipeline } from './egress-pipeline.ts';
import type { GroupPosition } from './egress-partition.ts';
import { readPositions, type TopicPositions } from './group-positions.ts';

/** What became of the groups: undefined is taken over, otherwise the reason why not. */
export type Takeover = ReadonlyMap<EgressPipeline, KafkaError | undefined>;

/** Where the groups of egresses stand in a topic; `isOlder` tells those that were there before the topic. */
export function positionsOf(
  connection: ClusterConnection,
  topic: string,
  pipelines: Iterable<EgressPipeline>,
  isOlder: (pipeline: EgressPipeline) => boolean,
): Promise<TopicPositions> {
  const groups = [...pipelines].map((pipeline) => ({
    consumerGroup: pipeline.plan.consumerGroup,
    // Kafka drops offsets together with their topic. All that the new one holds is new to an egress of before.
    initialOffset: isOlder(pipeline) ? ('earliest' as const) : pipeline.plan.initialOffset,
  }));
  return readPositions(connection, topic, groups);
}

/**
 * Takes over the groups of egresses, whose positions were read before: commits where they stand in the partitions that are ours, and where they start in every
 * partition they have no position in, ours or not. A group that has members refuses this, which is how we learn that another
 * dispatcher is at work there; then nothing may be delivered.
 */
export async function takeOverGroups(
  connection: ClusterConnection,
  topic: string,
  pipelines: readonly EgressPipeline[],
  owned: readonly number[],
  positions: TopicPositions,
): Promise<Takeover> {
  const commits = pipelines.flatMap((pipeline) => {
    const groupId = pipeline.plan.consumerGroup;
    const ofGroup = positions.groups.get(groupId);
    const held = new Set([...pipeline.parts].filter((part) => part.topic === topic).map((part) => part.partition));
    const partitions = new Set([
      ...owned.filter((partition) => !held.has(partition)),
      ...(positions.fresh.get(groupId) ?? []),
    ]);
    return [...partitions].flatMap((partition) => {
      const position = ofGroup?.get(partition);
      return position === undefined || held.has(partition)
        ? []
        : [{ groupId, topic, partition, offset: position.offset, metadata: signed(position, positions.topicId) }];
    });
  });
  const results = commits.length === 0 ? [] : await connection.offsets.commit(commits);
  const failures = new Map([
    ...positions.unread,
    ...results.flatMap(({ groupId, error }) => (error === undefined ? [] : [[groupId, error] as const])),
  ]);
  return new Map(pipelines.map((pipeline) => [pipeline, failures.get(pipeline.plan.consumerGroup)]));
}

/** Far below what Kafka takes; completions were bounded when they were written first. */
const maxMetadataLength = 2048;

/** The metadata of a position with the topic's id in it, also if another program committed that position. */
function signed({ offset, metadata }: GroupPosition, topicId: string | undefined): string {
  if (topicId === undefined) return metadata;
  const completions = decodeCommitMetadata(offset, metadata)?.completions ?? [];
  return encodeCommitMetadata(offset, topicId, completions, maxMetadataLength);
}
