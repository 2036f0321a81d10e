import { startLocalKafka } from '@eventing-kafka/local-kafka';

/** The Kafka of a suite. */
export interface SuiteKafka extends AsyncDisposable {
  readonly bootstrapServers: string;
}

/**
 * The Kafka named by `KAFKA_BOOTSTRAP_SERVERS`, left running at the end, or one started for the suite and stopped with it.
 *
 * @throws LocalKafkaError when none is named and none can be started here; its message says what to install or to set
 */
export async function suiteKafka(env: NodeJS.ProcessEnv = process.env): Promise<SuiteKafka> {
  const bootstrapServers = env['KAFKA_BOOTSTRAP_SERVERS'];
  if (bootstrapServers !== undefined && bootstrapServers !== '') {
    return { bootstrapServers, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  return startLocalKafka();
}
