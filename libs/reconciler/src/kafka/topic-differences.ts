import type { TopicPlan } from '@eventing-kafka/resources';

/** What a topic is in Kafka. */
export interface ObservedTopic {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: ReadonlyMap<string, string>;
}

/** In what an existing topic differs from what is asked for, in one sentence; undefined: in nothing (control-plane 26 no. 7). */
export function topicDifferences(asked: TopicPlan, found: ObservedTopic): string | undefined {
  const { name, partitions, replicationFactor, config } = asked;
  const differences = [
    ...(found.partitions === partitions ? [] : [`${found.partitions} partitions where ${partitions} are asked for`]),
    ...(found.replicationFactor === replicationFactor
      ? []
      : [`replication factor ${found.replicationFactor} where ${replicationFactor} is asked for`]),
    ...Object.entries(config).flatMap(([key, value]) => {
      const actual = found.config.get(key);
      return actual === undefined || actual === value ? [] : [`${key}=${actual} where ${value} is asked for`];
    }),
  ];
  if (differences.length === 0) return undefined;
  return `Topic ${name} existed already and is used as it is: ${differences.join(', ')}`;
}
