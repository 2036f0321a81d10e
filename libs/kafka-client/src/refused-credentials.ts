import type { KafkaCluster } from './cluster.ts';
import type { KafkaClients } from './interfaces.ts';
import { isKafkaError, type KafkaError } from './kafka-error.ts';

/**
 * Asks Kafka, within 5 s, whether it takes the credentials of a cluster: resolves with its refusal (KAFKA_AUTHENTICATION), with undefined when
 * it takes them, and with undefined also when that cannot be found out. `topic` is what is asked about; it need not exist.
 */
export async function findRefusedCredentials(
  clients: KafkaClients,
  cluster: KafkaCluster,
  topic: string,
): Promise<KafkaError | undefined> {
  await using admin = await clients.topics(cluster);
  try {
    await admin.describe(topic);
    return undefined;
  } catch (error) {
    if (!isKafkaError(error)) throw error;
    return error.code === 'KAFKA_AUTHENTICATION' ? error : undefined;
  }
}
