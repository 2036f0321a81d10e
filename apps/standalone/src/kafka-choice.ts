import { createKafkaClients, isKafkaError, type KafkaClients, KafkaError } from '@eventing-kafka/kafka-client';
import { startEmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import { startLocalKafka } from '@eventing-kafka/local-kafka';
import type { Logger } from '@eventing-kafka/logging';

/** The Kafka of this run. Disposing it stops what was started for it. */
export interface ChosenKafka extends AsyncDisposable {
  readonly clients: KafkaClients;
  readonly bootstrapServers: string;
  /** What it is, for the start message. */
  readonly description: string;
}

/** Provides what `--kafka` names: `embedded`, `local`, or the addresses of a Kafka that runs. */
export async function provideKafka(choice: string, logger: Logger): Promise<ChosenKafka> {
  await using stack = new AsyncDisposableStack();
  const chosen = await choose(choice, logger, stack);
  const owned = stack.move();
  return { ...chosen, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function choose(
  choice: string,
  logger: Logger,
  stack: AsyncDisposableStack,
): Promise<Pick<ChosenKafka, 'clients' | 'bootstrapServers' | 'description'>> {
  if (choice === 'embedded') {
    const { clients, bootstrapServers } = stack.use(await startEmbeddedKafka());
    return {
      clients,
      bootstrapServers,
      description: `embedded (${bootstrapServers}); everything is in memory and gone at the end`,
    };
  }
  const local =
    choice === 'local' ? stack.use(await startLocalKafka({ onProgress: (line) => logger.info(line) })) : undefined;
  const bootstrapServers = local?.bootstrapServers ?? choice;
  const clients = stack.use(createKafkaClients({ logger }));
  await mustAnswer(clients, bootstrapServers);
  const description = local === undefined ? bootstrapServers : `local (${bootstrapServers}), stopped at the end`;
  return { clients, bootstrapServers, description };
}

/** Without Kafka nothing can be served, so a start that finds none says so and ends. One that goes away later is waited for. */
async function mustAnswer(clients: KafkaClients, bootstrapServers: string): Promise<void> {
  try {
    await using topics = await clients.topics({ bootstrapServers });
    await topics.describe('any-topic');
  } catch (error) {
    if (!isKafkaError(error)) throw error;
    const remedy = 'Start one there, or choose another with --kafka embedded, --kafka local or --kafka host:port';
    throw new KafkaError(error.code, `No Kafka to work with at ${bootstrapServers}: ${error.message}. ${remedy}.`, {
      cause: error,
    });
  }
}
