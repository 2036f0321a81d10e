import { decodeCommitMetadata } from '@eventing-kafka/delivery';
import { KafkaError, type OffsetStore, type TopicAdmin } from '@eventing-kafka/kafka-client';
import type { GroupPosition } from './egress-partition.ts';

/** A group whose positions are looked up, and where it starts without any. */
export interface GroupStart {
  readonly consumerGroup: string;
  readonly initialOffset: 'earliest' | 'latest';
}

/** Positions of groups in a topic. */
export interface TopicPositions {
  /** What tells the topic from one of the same name that was there before; undefined: Kafka does not say. */
  readonly topicId: string | undefined;
  /** Offset of the next record to be written, by partition. */
  readonly ends: ReadonlyMap<number, number>;
  /** By group, then by partition. */
  readonly groups: ReadonlyMap<string, ReadonlyMap<number, GroupPosition>>;
  /** What was not committed before and has to be, so that the start stays where it is. */
  readonly fresh: ReadonlyMap<string, readonly number[]>;
  /** Groups whose positions could not be read, which are in neither of the other two, and why. */
  readonly unread: ReadonlyMap<string, KafkaError>;
}

/** The first and the next offset of a partition, and the topic it belongs to. */
export interface LogRange {
  readonly first: number;
  readonly end: number;
  readonly topicId?: string | undefined;
}

/**
 * Where a group goes on in one partition.
 *
 * - A committed offset within the log is it, with the completions in its metadata.
 * - One below the log (records were deleted meanwhile) becomes the first there is; one above it, or one whose metadata names
 *   another topic (the topic was made anew), is no position at all.
 * - Without one, a group that has positions in other partitions starts at the first record: the partition is newer than the
 *   group. A group without any starts where its egress says.
 */
export function decidePosition(
  committed: { readonly offset: number | undefined; readonly metadata: string },
  log: LogRange,
  start: { readonly initialOffset: 'earliest' | 'latest'; readonly groupIsKnown: boolean },
): GroupPosition & { readonly fresh: boolean } {
  const { offset, metadata } = committed;
  if (offset !== undefined && offset <= log.end && !isOfAnother(offset, metadata, log.topicId)) {
    return offset >= log.first ? { offset, metadata, fresh: false } : { offset: log.first, metadata: '', fresh: true };
  }
  const earliest = start.groupIsKnown || start.initialOffset === 'earliest';
  return { offset: earliest ? log.first : log.end, metadata: '', fresh: true };
}

function isOfAnother(offset: number, metadata: string, topicId: string | undefined): boolean {
  const committedTo = decodeCommitMetadata(offset, metadata)?.topicId;
  return committedTo !== undefined && topicId !== undefined && committedTo !== topicId;
}

/**
 * Reads the positions of all groups in all partitions of a topic, in one request for the groups and a few for the topic. Rejects
 * with a `KafkaError` when the topic cannot be read; a group that cannot be is left out.
 */
export async function readPositions(
  connection: { readonly offsets: OffsetStore; readonly topics: TopicAdmin },
  topic: string,
  groups: readonly GroupStart[],
): Promise<TopicPositions> {
  const topicId = await topicIdOf(connection.topics, topic);
  const firsts = await connection.topics.offsets(topic, 'earliest');
  const partitions = [...firsts.keys()].sort((a, b) => a - b);
  const byGroup = new Map(groups.map((group) => [group.consumerGroup, group]));
  const committed = await connection.offsets.fetch(
    [...byGroup.keys()].map((groupId) => ({ groupId, topic, partitions })),
  );
  // Read after the commits: an offset that another process commits meanwhile must not look as if it lay beyond the log.
  const ends = await connection.topics.offsets(topic, 'latest');
  const unread = new Map(
    committed.flatMap(({ groupId, error }) => (error === undefined ? [] : [[groupId, error] as const])),
  );
  const known = new Set(committed.filter(({ offset }) => offset !== undefined).map(({ groupId }) => groupId));
  const positions = new Map<string, Map<number, GroupPosition>>();
  const fresh = new Map<string, number[]>();
  for (const { groupId, partition, offset, metadata } of committed) {
    if (unread.has(groupId)) continue;
    const log = { first: firsts.get(partition) ?? 0, end: ends.get(partition) ?? 0, topicId };
    const initialOffset = byGroup.get(groupId)?.initialOffset ?? 'latest';
    const position = decidePosition({ offset, metadata }, log, { initialOffset, groupIsKnown: known.has(groupId) });
    let ofGroup = positions.get(groupId);
    if (ofGroup === undefined) positions.set(groupId, (ofGroup = new Map<number, GroupPosition>()));
    ofGroup.set(partition, position);
    if (position.fresh) fresh.set(groupId, [...(fresh.get(groupId) ?? []), partition]);
  }
  return { topicId, ends, groups: positions, fresh, unread };
}

async function topicIdOf(topics: TopicAdmin, topic: string): Promise<string | undefined> {
  const description = await topics.describe(topic);
  if (description !== undefined) return description.id;
  throw new KafkaError('KAFKA_UNKNOWN_TOPIC', `topic ${topic} does not exist`, { retriable: true });
}

/**
 * Where a feed starts a partition, given where its egresses stand: at the one that is furthest behind, among those at most
 * `nearRecords` behind the furthest. The rest catches up on its own, so that one egress far behind does not make all others
 * read what they have.
 */
export function feedStart(positions: readonly number[], nearRecords: number): number | undefined {
  const furthest = Math.max(...positions);
  const near = positions.filter((position) => furthest - position <= nearRecords);
  return near.length === 0 ? undefined : Math.min(...near);
}
