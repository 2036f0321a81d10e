import type { KafkaError } from '@eventing-kafka/kafka-client';
import type { ClusterConnection } from './cluster-connection.ts';
import type { EgressPipeline } from './egress-pipeline.ts';
import { readPositions, type TopicPositions } from './group-positions.ts';

/** What became of the groups: undefined is taken over, otherwise the reason why not. */
export interface Takeover {
  readonly positions: TopicPositions;
  readonly results: ReadonlyMap<EgressPipeline, KafkaError | undefined>;
}

/** Where the groups of egresses stand in a topic. */
export function positionsOf(
  connection: ClusterConnection,
  topic: string,
  pipelines: Iterable<EgressPipeline>,
): Promise<TopicPositions> {
  const groups = [...pipelines].map(({ plan }) => ({
    consumerGroup: plan.consumerGroup,
    initialOffset: plan.initialOffset,
  }));
  return readPositions(connection, topic, groups);
}

/**
 * Takes over the groups of egresses: commits where they stand in the partitions that are ours, and where they start in every
 * partition they have no position in, ours or not. A group that has members refuses this, which is how we learn that another
 * dispatcher is at work there; then nothing may be delivered.
 */
export async function takeOverGroups(
  connection: ClusterConnection,
  topic: string,
  pipelines: readonly EgressPipeline[],
  owned: readonly number[],
): Promise<Takeover> {
  const positions = await positionsOf(connection, topic, pipelines);
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
        : [{ groupId, topic, partition, offset: position.offset, metadata: position.metadata }];
    });
  });
  const results = commits.length === 0 ? [] : await connection.offsets.commit(commits);
  const failures = new Map([
    ...positions.unread,
    ...results.flatMap(({ groupId, error }) => (error === undefined ? [] : [[groupId, error] as const])),
  ]);
  return {
    positions,
    results: new Map(pipelines.map((pipeline) => [pipeline, failures.get(pipeline.plan.consumerGroup)])),
  };
}
