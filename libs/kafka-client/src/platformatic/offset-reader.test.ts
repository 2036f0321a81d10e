import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Connection } from '@platformatic/kafka';
import { GroupCoordinators } from './group-coordinators.ts';
import type { Connections } from './group-coordinators.ts';
import { readOffsets } from './offset-reader.ts';

const offsetFetchKey = 9;
const findCoordinatorKey = 10;

/** What a broker says of each group: code 0 where it says nothing. */
interface Script {
  readonly coordinator?: Readonly<Record<string, number>>;
  readonly group?: Readonly<Record<string, number>>;
  readonly partition?: Readonly<Record<string, number>>;
}

/** Answers like a broker that keeps offset 7 of every partition of these groups; a real one cannot be made to fail for one group. */
function answering(groupIds: readonly string[], script: Script): GroupCoordinators {
  const code = (codes: Readonly<Record<string, number>> | undefined, groupId: string): number => codes?.[groupId] ?? 0;
  const answers: Readonly<Record<number, unknown>> = {
    18: { apiKeys: [8, 9].map((apiKey) => ({ apiKey, minVersion: 0, maxVersion: 9 })) },
    [findCoordinatorKey]: {
      coordinators: groupIds.map((key) => ({ key, host: 'a', port: 1, errorCode: code(script.coordinator, key) })),
    },
    [offsetFetchKey]: {
      groups: groupIds
        .filter((groupId) => code(script.coordinator, groupId) === 0)
        .map((groupId) => ({
          groupId,
          errorCode: code(script.group, groupId),
          topics:
            code(script.group, groupId) !== 0
              ? []
              : [
                  {
                    name: 't',
                    partitions: [0, 1].map((partitionIndex) => ({
                      partitionIndex,
                      committedOffset: 7n,
                      metadata: 'm',
                      errorCode: code(script.partition, groupId),
                    })),
                  },
                ],
        })),
    },
  };
  const connection = {
    send: (apiKey: number, ...rest: unknown[]) => {
      const done = rest.at(-1) as (error: null, answer: unknown) => void;
      done(null, answers[apiKey]);
    },
  } as unknown as Connection;
  const connections = { get: () => Promise.resolve(connection), getFirstAvailable: () => Promise.resolve(connection) };
  return new GroupCoordinators({ bootstrapServers: 'a:1' }, 'test', connections as unknown as Connections);
}

async function read(script: Script): Promise<unknown[]> {
  const groupIds = ['good', 'bad'];
  const requests = groupIds.map((groupId) => ({ groupId, topic: 't', partitions: [0, 1] }));
  const rows = await readOffsets(answering(groupIds, script), requests, new AbortController().signal);
  return rows
    .map(({ groupId, partition, offset, error }) => [groupId, partition, offset, error?.code])
    .sort((a, b) => String(b[0]).localeCompare(String(a[0])) || Number(a[1]) - Number(b[1]));
}

describe('reading offsets', { concurrency: true }, () => {
  const rows = (code: string): unknown[] => [
    ['good', 0, 7, undefined],
    ['good', 1, 7, undefined],
    ['bad', 0, undefined, code],
    ['bad', 1, undefined, code],
  ];
  for (const [name, script, code] of [
    ['whose coordinator is not told', { coordinator: { bad: 30 } }, 'KAFKA_AUTHORIZATION'],
    ['whose coordinator never comes', { coordinator: { bad: 15 } }, 'KAFKA_TIMEOUT'],
    ['that may not be read', { group: { bad: 30 } }, 'KAFKA_AUTHORIZATION'],
    ['whose topic may not be read', { partition: { bad: 29 } }, 'KAFKA_AUTHORIZATION'],
    ['whose coordinator always moved', { group: { bad: 16 } }, 'KAFKA_TIMEOUT'],
  ] as const) {
    test(`a group ${name} has its error and holds back no other`, async () => {
      assert.deepEqual(await read(script), rows(code));
    });
  }
});
