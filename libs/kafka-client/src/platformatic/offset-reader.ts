import { offsetFetchV8, offsetFetchV9 } from '@platformatic/kafka';
import type { Broker } from '@platformatic/kafka';
import type { CommittedOffset, OffsetRequest } from '../interfaces.ts';
import type { GroupCoordinators } from './group-coordinators.ts';
import type { KafkaError } from '../kafka-error.ts';
import { kafkaErrorOfPlatformatic, responseIn } from './platformatic-errors.ts';
import { untilDone } from './retry.ts';
import { kafkaErrorOfCode, textOfCode } from '../rdkafka/error-codes.ts';

type OffsetFetchRequestGroup = offsetFetchV9.OffsetFetchRequestGroup;
type OffsetFetchResponse = offsetFetchV9.OffsetFetchResponse;

/** Groups in one request; a request of 1,000 groups of 10 partitions is answered in some 70 ms. */
const groupsPerRequest = 1000;
const coordinatorMoved = new Set([14, 15, 16]);

/** Reads offsets of all groups in one request per coordinator; see `OffsetStore.fetch`. */
export async function readOffsets(
  coordinators: GroupCoordinators,
  requests: readonly OffsetRequest[],
  signal: AbortSignal,
): Promise<readonly CommittedOffset[]> {
  const context = 'reading committed offsets';
  const wanted = groupsOf(requests);
  const found: CommittedOffset[] = [];
  const answer = (groupId: string, rows: readonly CommittedOffset[]): void => {
    // What comes of a request that was given up meanwhile has been asked for again.
    if (wanted.delete(groupId)) found.push(...rows);
  };
  const read = async (broker: Broker, groups: OffsetFetchRequestGroup[], version: 8 | 9): Promise<void> => {
    try {
      const response = await requestOffsets(coordinators, broker, groups, version);
      for (const group of response.groups) {
        if (coordinatorMoved.has(group.errorCode)) coordinators.forget([group.groupId]);
        else answer(group.groupId, offsetsOf(group, wanted.get(group.groupId)));
      }
    } catch (error) {
      coordinators.forget(groups.map(({ groupId }) => groupId));
      throw error;
    }
  };
  const readAll = async (): Promise<true | undefined> => {
    const versions = await coordinators.versions();
    const located = await coordinators.locate([...wanted.keys()]);
    for (const [groupId, error] of located.refused) answer(groupId, refusedRows(wanted.get(groupId), error));
    const reads = batchesByBroker(located.found).map(([broker, groupIds]) => {
      const groups = groupIds.flatMap((groupId) => wanted.get(groupId) ?? []);
      return read(broker, groups, versions.fetch);
    });
    const failed = (await Promise.allSettled(reads)).find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return wanted.size === 0 ? true : undefined;
  };
  try {
    await untilDone(context, readAll, signal);
  } catch (error) {
    // Other groups were answered, so it is about these alone.
    if (found.length === 0 || signal.aborted) throw error;
    const failure = kafkaErrorOfPlatformatic(error, context);
    for (const [groupId, group] of [...wanted]) answer(groupId, refusedRows(group, failure));
  }
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

function offsetsOf(
  group: OffsetFetchResponse['groups'][number],
  request: OffsetFetchRequestGroup | undefined,
): CommittedOffset[] {
  const { groupId, errorCode, topics } = group;
  if (errorCode !== 0) return refusedRows(request, refusal(groupId, errorCode));
  return topics.flatMap(({ name, partitions }) =>
    partitions.map((entry) => {
      const offset = Number(entry.committedOffset);
      const row = { groupId, topic: name, partition: entry.partitionIndex };
      if (entry.errorCode !== 0)
        return { ...row, offset: undefined, metadata: '', error: refusal(groupId, entry.errorCode) };
      return { ...row, offset: offset < 0 ? undefined : offset, metadata: entry.metadata ?? '' };
    }),
  );
}

function refusedRows(request: OffsetFetchRequestGroup | undefined, error: KafkaError): CommittedOffset[] {
  return (request?.topics ?? []).flatMap(({ name, partitionIndexes }) =>
    partitionIndexes.map((partition) => ({
      groupId: request?.groupId ?? '',
      topic: name,
      partition,
      offset: undefined,
      metadata: '',
      error,
    })),
  );
}

function refusal(groupId: string, errorCode: number): KafkaError {
  return kafkaErrorOfCode(errorCode, `reading offsets of group ${groupId}: ${textOfCode(errorCode)}`);
}
