import type { KafkaCluster } from './cluster.ts';
import type { KafkaClients } from './interfaces.ts';
import { isKafkaError, type KafkaError } from './kafka-error.ts';

/** Kafka's refusal of a cluster's credentials (KAFKA_AUTHENTICATION); undefined when it takes them, or when that cannot be found out. */
export type FindRefusedCredentials = (cluster: KafkaCluster, topic: string) => Promise<KafkaError | undefined>;

/** When a Kafka that does not answer is not asked any more, in milliseconds after the finder was made. */
const patienceMs = 5000;

/**
 * Asks Kafka whether it takes credentials, for one round of changes: each cluster once, however many topics come with it, and no more after
 * 5 s, so that a Kafka that is away does not hold up many. An answer takes 5 s at most. The topic that is asked about need not exist.
 */
export function refusedCredentialsFinder(clients: KafkaClients): FindRefusedCredentials {
  const asked = new Map<string, Promise<KafkaError | undefined>>();
  const untilMs = performance.now() + patienceMs;
  return (cluster, topic) => {
    const key = JSON.stringify(cluster);
    let answer = asked.get(key);
    if (answer === undefined) {
      answer = performance.now() > untilMs ? Promise.resolve(undefined) : ask(clients, cluster, topic);
      asked.set(key, answer);
    }
    return answer;
  };
}

async function ask(clients: KafkaClients, cluster: KafkaCluster, topic: string): Promise<KafkaError | undefined> {
  await using admin = await clients.topics(cluster);
  try {
    await admin.describe(topic);
    return undefined;
  } catch (error) {
    if (!isKafkaError(error)) throw error;
    return error.code === 'KAFKA_AUTHENTICATION' ? error : undefined;
  }
}
