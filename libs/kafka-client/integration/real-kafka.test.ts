import { after, before, describe } from 'node:test';
import { createKafkaClients } from '../src/index.ts';
import type { KafkaClients } from '../src/index.ts';
import { startLocalKafka } from '@eventing-kafka/local-kafka';
import type { LocalKafka } from '@eventing-kafka/local-kafka';
import { testFeeds } from './feed-contract.test.ts';
import { testOffsetsAndTopics } from './offsets-contract.test.ts';
import { testProducers } from './producer-contract.test.ts';

describe('Apache Kafka', () => {
  let kafka: LocalKafka | undefined;
  let clients: KafkaClients;
  let bootstrapServers = process.env['KAFKA_BOOTSTRAP_SERVERS'] ?? '';
  before(async () => {
    if (bootstrapServers === '') {
      kafka = await startLocalKafka();
      bootstrapServers = kafka.bootstrapServers;
    }
    clients = createKafkaClients();
  });
  after(async () => {
    await clients[Symbol.asyncDispose]();
    await kafka?.[Symbol.asyncDispose]();
  });
  const underTest = (): { clients: KafkaClients; cluster: { bootstrapServers: string } } => ({
    clients,
    cluster: { bootstrapServers },
  });

  describe('producers', () => {
    testProducers(underTest);
  });
  describe('feeds', { concurrency: 5 }, () => {
    testFeeds(underTest);
  });
  describe('offsets and topics', () => {
    testOffsetsAndTopics(underTest);
  });
});
