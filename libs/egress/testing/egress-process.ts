/**
 * A process with one egress, for tests that kill processes: `node egress-process.ts <bootstrap servers> <topic> <destination> [limits as JSON]`.
 * It ends in good order on SIGTERM.
 */
import { createKafkaClients } from '@eventing-kafka/kafka-client';
import { createLogger } from '@eventing-kafka/logging';
import { createNoopMeter } from '@opentelemetry/api';
import { startEgresses } from '../src/index.ts';
import { broker, ContractDriver, trigger } from './contract.ts';

const [bootstrapServers = '', topic = '', destination = '', limits = '{}'] = process.argv.slice(2);
const logger = createLogger({ level: 'info', format: 'text', write: (line) => process.stdout.write(line) });
await using clients = createKafkaClients({ logger });
await using egresses = await startEgresses({
  kafka: clients,
  logger,
  meter: createNoopMeter(),
  limits: JSON.parse(limits) as object,
});
await new ContractDriver(egresses).serve([broker(bootstrapServers, topic, [trigger(topic, destination)])]);
process.stdout.write('serving\n');
const alive = setInterval(() => undefined, 1_000);
await new Promise<void>((resolve) => process.once('SIGTERM', () => resolve()));
clearInterval(alive);
