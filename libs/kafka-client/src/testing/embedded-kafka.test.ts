import { after, before, describe } from 'node:test';
import { startEmbeddedKafka } from './index.ts';
import type { EmbeddedKafka } from './index.ts';
import { testFeeds } from '../../integration/feed-contract.test.ts';
import { testOffsetsAndTopics } from '../../integration/offsets-contract.test.ts';
import { testProducers } from '../../integration/producer-contract.test.ts';

describe('the embedded Kafka', () => {
  let kafka: EmbeddedKafka;
  before(async () => {
    kafka = await startEmbeddedKafka();
  });
  after(() => kafka[Symbol.asyncDispose]());
  const underTest = (): { clients: EmbeddedKafka['clients']; cluster: { bootstrapServers: string } } => ({
    clients: kafka.clients,
    cluster: { bootstrapServers: kafka.bootstrapServers },
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
