import { Admin } from '@platformatic/kafka';
import { parseBootstrapServers } from '../platformatic/connection-options.ts';

/** Deletes the records of a partition of a real Kafka below `offset`, as retention would. */
export async function deleteRecords(
  bootstrapServers: string,
  topic: string,
  partition: number,
  offset: number,
): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: parseBootstrapServers(bootstrapServers) });
  try {
    await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset: BigInt(offset) }] }] });
  } finally {
    await admin.close();
  }
}
