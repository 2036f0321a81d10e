import { after, before, describe } from 'node:test';
import { type AcceptanceSuite, startAcceptanceSuite } from './acceptance-suite.ts';
import { goodData, settings } from './broker-fixtures.ts';
import { namespacedRows } from './namespaced-rows.ts';
import { triggerRows } from './trigger-rows.ts';

describe('acceptance rows of Triggers and of namespaced Brokers on a real API server', { timeout: 560_000 }, () => {
  const stack = new AsyncDisposableStack();
  let running: AcceptanceSuite;
  const suite = (): AcceptanceSuite => running;

  before(async () => {
    running = stack.use(await startAcceptanceSuite({ 'namespacedBrokers.enabled': true }));
    await running.installation.apply(settings('good', goodData(running.kafka.bootstrapServers)));
  });
  after(() => stack.disposeAsync());

  describe('control-plane 24.5 Trigger of a Broker of class Kafka', () => triggerRows(suite));
  describe('control-plane 24.3, 24.4 Broker of class KafkaNamespaced and its Triggers', () => namespacedRows(suite));
});
