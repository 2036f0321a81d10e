import { isKafkaError } from '@eventing-kafka/kafka-client';
import type { OffsetCommit, OffsetStore, TopicAdmin } from '@eventing-kafka/kafka-client';
import type { InitialOffsetsOutcome } from '@eventing-kafka/resources';
import { ClusterUnavailable, isConnectionTrouble } from './kafka-access.ts';
import type { ClusterName, KafkaAccess } from './kafka-access.ts';

/** Groups and the topic they start on. */
export interface GroupStarts {
  readonly cluster: ClusterName;
  readonly topic: string;
  /**
   * By group id: where the group starts, by partition, once it was found out; filled here. Kept by the caller until all of it
   * is committed, so that a second try starts where the first one would have.
   */
  readonly groups: ReadonlyMap<string, StartPositions>;
}

/** Offset of the first record of each partition. */
export type StartPositions = Map<number, number>;

/** What came of it. `busy`: nothing was tried, look again soon. */
export type InitialOffsetsResult =
  | { readonly kind: 'busy' }
  | {
      readonly kind: 'tried';
      /** By group id, of every group that was given. */
      readonly outcomes: ReadonlyMap<string, InitialOffsetsOutcome>;
      readonly unreachable: boolean;
    };

/**
 * Gives groups their first offsets: the ends of the topic's partitions as they are now, so that nothing that is sent after their
 * Trigger is Ready is missed (control-plane 5.3). Offsets that are there stay. A partition that is newer than the group is
 * begun at its first event (26 no. 33). What the groups have is read in one request.
 */
export async function fixInitialOffsets(kafka: KafkaAccess, starts: GroupStarts): Promise<InitialOffsetsResult> {
  const failed = (message: string, unreachable: boolean): InitialOffsetsResult => ({
    kind: 'tried',
    outcomes: new Map([...starts.groups.keys()].map((groupId) => [groupId, { kind: 'failed', message }])),
    unreachable,
  });
  try {
    const outcomes = await kafka.use(starts.cluster, ({ admin, offsets }) => fix(admin, offsets, starts));
    return { kind: 'tried', outcomes, unreachable: false };
  } catch (error) {
    if (error instanceof ClusterUnavailable)
      return error.code === 'busy' ? { kind: 'busy' } : failed(error.message, true);
    if (!isKafkaError(error)) throw error;
    return failed(error.message, false);
  }
}

async function fix(
  admin: TopicAdmin,
  offsets: OffsetStore,
  { topic, groups }: GroupStarts,
): Promise<ReadonlyMap<string, InitialOffsetsOutcome>> {
  const ends = await admin.offsets(topic, 'latest');
  const partitions = [...ends.keys()];
  const committed = await offsets.fetch([...groups.keys()].map((groupId) => ({ groupId, topic, partitions })));
  const outcomes = new Map<string, InitialOffsetsOutcome>();
  const known = new Map([...groups.keys()].map((groupId) => [groupId, new Set<number>()]));
  for (const { groupId, partition, offset, error } of committed) {
    // Not knowing a group's offsets is not the same as there being none: what would be committed would skip events.
    if (error !== undefined) outcomes.set(groupId, failure(error, `offsets of group ${groupId} could not be read`));
    else if (offset !== undefined) known.get(groupId)?.add(partition);
  }
  let earliest: ReadonlyMap<number, number> | undefined;
  const commits: OffsetCommit[] = [];
  for (const [groupId, positions] of groups) {
    if (outcomes.has(groupId)) continue;
    const ofGroup = known.get(groupId) ?? new Set();
    const missing = partitions.filter((partition) => !ofGroup.has(partition));
    const unplaced = missing.filter((partition) => !positions.has(partition));
    if (unplaced.length > 0) {
      const isNewGroup = ofGroup.size === 0 && positions.size === 0;
      const from = isNewGroup ? ends : (earliest ??= await admin.offsets(topic, 'earliest'));
      for (const partition of unplaced) positions.set(partition, from.get(partition) ?? 0);
    }
    for (const partition of missing)
      commits.push({ groupId, topic, partition, offset: positions.get(partition) ?? 0, metadata: '' });
  }
  for (const { groupId, error } of commits.length === 0 ? [] : await offsets.commit(commits)) {
    if (error !== undefined)
      outcomes.set(groupId, failure(error, `offsets of group ${groupId} on topic ${topic} could not be committed`));
  }
  return new Map([...groups.keys()].map((groupId) => [groupId, outcomes.get(groupId) ?? { kind: 'done' }]));
}

/** What is wrong with one group; a connection that is lost concerns all of them. */
function failure(error: Error & { readonly code: string }, what: string): InitialOffsetsOutcome {
  if (isConnectionTrouble(error.code)) throw error;
  return { kind: 'failed', message: `${what}: ${error.message}` };
}
