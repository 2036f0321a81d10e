import { test } from 'node:test';
import { startEmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import { silentLogger } from '@eventing-kafka/logging';
import { createNoopMeter } from '@opentelemetry/api';
import { broker, ContractDriver, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { until } from '../testing/until.ts';
import { startEgresses } from './index.ts';

test('dead subscribers that hold more than the memory limit stop no healthy one', { timeout: 60_000 }, async () => {
  await using kafka = await startEmbeddedKafka();
  const { bootstrapServers, clients } = kafka;
  const dead = ['dead-0', 'dead-1', 'dead-2', 'dead-3'];
  await using admin = await clients.topics({ bootstrapServers });
  for (const name of [...dead, 'healthy']) await admin.create({ name, partitions: 4, replicationFactor: 1 });
  await using producer = await clients.producer({ bootstrapServers });
  for (const topic of dead) await send(producer, topic, [{ id: topic, data: Buffer.alloc(900_000, 'x') }]);
  await using hung = await startSubscriber(() => 'never');
  await using healthy = await startSubscriber();
  await using egresses = await startEgresses({
    kafka: clients,
    logger: silentLogger,
    meter: createNoopMeter(),
    limits: { maxBufferedBytes: 2 * 1024 * 1024 },
    drainTimeoutMs: 100,
  });
  await new ContractDriver(egresses).serve([
    ...dead.map((topic) => broker(bootstrapServers, topic, [trigger(topic, hung.url)])),
    broker(bootstrapServers, 'healthy', [trigger('healthy', healthy.url)]),
  ]);
  await until('all dead ones hold a record', () => hung.requests.length === dead.length);
  for (const [round, prefix] of ['a', 'b', 'c'].entries()) {
    await send(
      producer,
      'healthy',
      numbered(10, () => ({}), prefix),
    );
    await until(
      `the healthy one has all of round ${round}`,
      () => healthy.requests.length === 10 * (round + 1),
      () => healthy.requests.length,
    );
  }
});
