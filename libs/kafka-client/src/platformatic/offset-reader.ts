import { offsetFetchV8, offsetFetchV9 } from '@platformatic/kafka';
import type { Broker } from '@platformatic/kafka';
import type { CommittedOffset, OffsetRequest } from '../interfaces.ts';
import type { GroupCoordinators } from './group-coordinators.ts';
import { responseIn } from './platformatic-errors.ts';
import { untilDone } from './retry.ts';
import { kafkaErrorOfCode, textOfCode } from '../rdkafka/error-codes.ts';

type OffsetFetchRequestGroup = offsetFetchV9.OffsetFetchRequestGroup;
type OffsetFetchResponse = offsetFetchV9.OffsetFetchResponse;

/** Groups in one request; a request of 1,000 groups of 10 partitions is answered in some 70 ms. */
const groupsPerRequest = 1000;
const coordinatorMoved = new Set([14, 15, 16]);

/** Reads offsets of all groups in one request per coordinator. */
export async function readOffsets(
  coordinators: GroupCoordinators,
  requests: readonly OffsetRequest[],
  signal: AbortSignal,
): Promise<readonly CommittedOffset[]> {
  const wanted = groupsOf(requests);
  const found: CommittedOffset[] = [];
  await untilDone(
    'reading committed offsets',
    async () => {
      const versions = await coordinators.versions();
      const located = await coordinators.locate([...wanted.keys()]);
      await Promise.all(
        batchesByBroker(located).map(async ([broker, groupIds]) => {
          const groups = groupIds.flatMap((groupId) => wanted.get(groupId) ?? []);
          const response = await requestOffsets(coordinators, broker, groups, versions.fetch).catch(
            (error: unknown) => {
              coordinators.forget(groupIds);
              throw error;
            },
          );
          for (const group of response.groups) {
            if (coordinatorMoved.has(group.errorCode)) {
              coordinators.forget([group.groupId]);
              continue;
            }
            found.push(...offsetsOf(group));
            wanted.delete(group.groupId);
          }
        }),
      );
      return wanted.size === 0 ? true : undefined;
    },
    signal,
  );
  return found;
}

function groupsOf(requests: readonly OffsetRequest[]): Map<string, OffsetFetchRequestGroup> {
  const groups = new Map<string, OffsetFetchRequestGroup>();
  for (const { groupId, topic, partitions } of requests) {
    const group = groups.get(groupId) ?? { groupId, memberId: null, memberEpoch: -1, topics: [] };
    groups.set(groupId, group);
    const same = group.topics?.find((each) => each.name === topic);
    if (same === undefined) group.topics?.push({ name: topic, partitionIndexes: [...new Set(partitions)] });
    else same.partitionIndexes = [...new Set([...same.partitionIndexes, ...partitions])];
  }
  return groups;
}

function batchesByBroker(located: ReadonlyMap<string, Broker>): [Broker, string[]][] {
  const batches: [Broker, string[]][] = [];
  const open = new Map<string, string[]>();
  for (const [groupId, broker] of located) {
    const key = `${broker.host}:${broker.port}`;
    let batch = open.get(key);
    if (batch === undefined || batch.length >= groupsPerRequest) {
      batch = [];
      open.set(key, batch);
      batches.push([broker, batch]);
    }
    batch.push(groupId);
  }
  return batches;
}

async function requestOffsets(
  coordinators: GroupCoordinators,
  broker: Broker,
  groups: OffsetFetchRequestGroup[],
  version: 8 | 9,
): Promise<OffsetFetchResponse> {
  const connection = await coordinators.connection(broker);
  try {
    if (version === 9) return await offsetFetchV9.api.async(connection, groups, false);
    return await offsetFetchV8.api.async(connection, groups, false);
  } catch (error) {
    const response = responseIn(error) as OffsetFetchResponse | undefined;
    if (response === undefined) throw error;
    return response;
  }
}

function offsetsOf(group: OffsetFetchResponse['groups'][number]): CommittedOffset[] {
  const { groupId } = group;
  refuse(groupId, group.errorCode);
  return group.topics.flatMap(({ name, partitions }) =>
    partitions.map(({ partitionIndex, committedOffset, metadata, errorCode }) => {
      refuse(groupId, errorCode);
      const offset = Number(committedOffset);
      return {
        groupId,
        topic: name,
        partition: partitionIndex,
        offset: offset < 0 ? undefined : offset,
        metadata: metadata ?? '',
      };
    }),
  );
}

function refuse(groupId: string, errorCode: number): void {
  if (errorCode !== 0)
    throw kafkaErrorOfCode(errorCode, `reading offsets of group ${groupId}: ${textOfCode(errorCode)}`);
}
