import { Admin } from '@platformatic/kafka';
import { parseBootstrapServers } from '../platformatic/connection-options.ts';

/** Gives a topic of a real Kafka more partitions, so that it has `count` of them. */
export async function addPartitions(bootstrapServers: string, topic: string, count: number): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: parseBootstrapServers(bootstrapServers) });
  try {
    await admin.createPartitions({ topics: [{ name: topic, count, assignments: null }] });
  } finally {
    await admin.close();
  }
}
