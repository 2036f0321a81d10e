import type { KafkaClients } from '@eventing-kafka/kafka-client';
import type { StoredCopy } from './entries.ts';

/** Reads a whole topic: where each event lies, its copies in the order of their offsets. */
export async function readStoredLog(
  clients: KafkaClients,
  bootstrapServers: string,
  topic: string,
): Promise<ReadonlyMap<string, readonly StoredCopy[]>> {
  const cluster = { bootstrapServers };
  await using topics = await clients.topics(cluster);
  const [first, end] = await Promise.all([topics.offsets(topic, 'earliest'), topics.offsets(topic, 'latest')]);
  const unread = new Map([...end].filter(([partition, offset]) => offset > (first.get(partition) ?? 0)));
  const positions = new Map([...unread.keys()].map((partition) => [partition, first.get(partition) ?? 0]));
  const stored = new Map<string, StoredCopy[]>();
  if (positions.size === 0) return stored;

  await using reader = await clients.reader(cluster, { topic, positions });
  const signal = AbortSignal.timeout(60_000);
  while (unread.size > 0) {
    for (const { partition, offset, headers } of await reader.nextBatch({ maxRecords: 10_000, signal })) {
      const id = headers.find(({ name }) => name === 'ce_id')?.value?.toString() ?? '';
      const copies = stored.get(id) ?? [];
      stored.set(id, copies);
      copies.push({ partition, offset });
      if (offset + 1 >= (unread.get(partition) ?? 0)) unread.delete(partition);
    }
    signal.throwIfAborted();
  }
  return stored;
}
