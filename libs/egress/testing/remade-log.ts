import type { KafkaClients, KafkaRecord, RecordFeed, StartPosition } from '@eventing-kafka/kafka-client';

/** Clients of a Kafka where the log of one topic can be made anew. */
export interface RemadeLog {
  readonly clients: KafkaClients;
  /** From now on partition 0 begins at offset 0 with the next record written; whoever asks for offsets beyond it is sent there. */
  remake(): Promise<void>;
}

/** Plays a log that is made anew, for a Kafka that cannot do that: by counting offsets from another record on. */
export function remadeLog(clients: KafkaClients, bootstrapServers: string, topic: string): RemadeLog {
  const cluster = { bootstrapServers };
  let base = 0;
  const baseOf = (partition: number): number => (partition === 0 ? base : 0);
  const shown = (record: KafkaRecord): KafkaRecord => ({ ...record, offset: record.offset - baseOf(record.partition) });
  const endOf = async (partition: number): Promise<number> => {
    await using admin = await clients.topics(cluster);
    return (await admin.offsets(topic, 'latest')).get(partition) ?? 0;
  };
  const real = async (partition: number, offset: number): Promise<number> => {
    const asked = offset + baseOf(partition);
    return asked > (await endOf(partition)) ? baseOf(partition) : asked;
  };
  const realStarts = async <Start extends StartPosition>(
    starts: ReadonlyMap<number, Start>,
  ): Promise<Map<number, Start | number>> => {
    const given = [...starts].map(
      async ([partition, start]) =>
        [partition, typeof start === 'number' ? await real(partition, start) : start] as const,
    );
    return new Map(await Promise.all(given));
  };
  const feedOf = (feed: RecordFeed): RecordFeed => ({
    nextBatch: async (options) => {
      const records = await feed.nextBatch(options);
      // Written before the log was made anew, and gone with it.
      return records.map(shown).filter(({ offset }) => offset >= 0);
    },
    pause: (partitions) => feed.pause(partitions),
    resume: (partitions) => feed.resume(partitions),
    seek: async (partition, offset) => feed.seek(partition, await real(partition, offset)),
    position: (partition) => {
      const position = feed.position(partition);
      return position === undefined ? undefined : position - baseOf(partition);
    },
    [Symbol.asyncDispose]: () => feed[Symbol.asyncDispose](),
  });
  return {
    clients: {
      producer: (_cluster, settings) => clients.producer(cluster, settings),
      offsets: () => clients.offsets(cluster),
      feed: async (_cluster, options) => {
        const { handler } = options;
        const assigned = async (partitions: readonly number[]): Promise<ReadonlyMap<number, StartPosition>> =>
          realStarts(await handler.assigned(partitions));
        return feedOf(
          await clients.feed(cluster, {
            ...options,
            handler: {
              assigned,
              revoked: (partitions) => handler.revoked(partitions),
              lost: (partitions) => handler.lost(partitions),
              failed: (error) => handler.failed(error),
            },
          }),
        );
      },
      reader: async (_cluster, options) =>
        feedOf(await clients.reader(cluster, { ...options, positions: await realStarts(options.positions) })),
      topics: async () => {
        const admin = await clients.topics(cluster);
        return {
          create: (wanted) => admin.create(wanted),
          describe: (name) => admin.describe(name),
          describeAll: (names) => admin.describeAll(names),
          config: (name, keys) => admin.config(name, keys),
          delete: (name) => admin.delete(name),
          deleteGroup: (groupId) => admin.deleteGroup(groupId),
          removeMembers: (groupId, clientIds) => admin.removeMembers(groupId, clientIds),
          offsets: async (name, at) => {
            const offsets = [...(await admin.offsets(name, at))];
            return new Map(offsets.map(([partition, offset]) => [partition, Math.max(0, offset - baseOf(partition))]));
          },
          [Symbol.asyncDispose]: () => admin[Symbol.asyncDispose](),
        };
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    },
    remake: async () => {
      base = await endOf(0);
    },
  };
}
