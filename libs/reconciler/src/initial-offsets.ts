import { isKafkaError } from '@eventing-kafka/kafka-client';
import type { OffsetStore, TopicAdmin } from '@eventing-kafka/kafka-client';
import type { InitialOffsetsOutcome } from '@eventing-kafka/resources';
import { ClusterUnavailable, isConnectionTrouble } from './kafka-access.ts';
import type { ClusterName, KafkaAccess } from './kafka-access.ts';

/** A group and the topic it starts on. */
export interface GroupStart {
  readonly cluster: ClusterName;
  readonly topic: string;
  readonly groupId: string;
  /**
   * Where the group starts, by partition, once it was found out; filled here. Kept by the caller until all of it is committed,
   * so that a second try starts where the first one would have.
   */
  readonly positions: Map<number, number>;
}

/** What came of it. `busy`: nothing was tried, look again soon. */
export type InitialOffsetsResult =
  | { readonly kind: 'busy' }
  | { readonly kind: 'tried'; readonly outcome: InitialOffsetsOutcome; readonly unreachable: boolean };

/**
 * Gives a group its first offsets: the ends of the topic's partitions as they are now, so that nothing that is sent after its
 * Trigger is Ready is missed (control-plane 5.3). Offsets that are there stay. A partition that is newer than the group is
 * begun at its first event (26 no. 33).
 */
export async function fixInitialOffsets(kafka: KafkaAccess, start: GroupStart): Promise<InitialOffsetsResult> {
  const tried = (outcome: InitialOffsetsOutcome, unreachable = false): InitialOffsetsResult => ({
    kind: 'tried',
    outcome,
    unreachable,
  });
  try {
    return tried(await kafka.use(start.cluster, ({ admin, offsets }) => fix(admin, offsets, start)));
  } catch (error) {
    if (error instanceof ClusterUnavailable) {
      return error.code === 'busy' ? { kind: 'busy' } : tried({ kind: 'failed', message: error.message }, true);
    }
    if (!isKafkaError(error)) throw error;
    return tried({ kind: 'failed', message: error.message });
  }
}

async function fix(admin: TopicAdmin, offsets: OffsetStore, start: GroupStart): Promise<InitialOffsetsOutcome> {
  const { topic, groupId, positions } = start;
  const ends = await admin.offsets(topic, 'latest');
  const committed = await offsets.fetch([{ groupId, topic, partitions: [...ends.keys()] }]);
  const unread = committed.find((row) => row.error !== undefined)?.error;
  // Not knowing its offsets is not the same as there being none.
  if (unread !== undefined) throw unread;
  const known = new Set(committed.filter(({ offset }) => offset !== undefined).map(({ partition }) => partition));
  const missing = [...ends.keys()].filter((partition) => !known.has(partition));
  if (missing.length === 0) return { kind: 'done' };

  const unplaced = missing.filter((partition) => !positions.has(partition));
  if (unplaced.length > 0) {
    const isNewGroup = known.size === 0 && positions.size === 0;
    const from = isNewGroup ? ends : await admin.offsets(topic, 'earliest');
    for (const partition of unplaced) positions.set(partition, from.get(partition) ?? 0);
  }
  const results = await offsets.commit(
    missing.map((partition) => ({ groupId, topic, partition, offset: positions.get(partition) ?? 0, metadata: '' })),
  );
  const error = results.find((result) => result.error !== undefined)?.error;
  if (error === undefined) return { kind: 'done' };
  if (isConnectionTrouble(error.code)) throw error;
  return {
    kind: 'failed',
    message: `offsets of group ${groupId} on topic ${topic} could not be committed: ${error.message}`,
  };
}
