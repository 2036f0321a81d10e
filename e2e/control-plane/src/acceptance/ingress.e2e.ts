import { after, before, describe } from 'node:test';
import { type AcceptanceSuite, startAcceptanceSuite } from './acceptance-suite.ts';
import { goodData, settings } from './broker-fixtures.ts';
import { brokerDeletionRows } from './broker-deletion-rows.ts';
import { brokerRows } from './broker-rows.ts';
import { brokerSecurityRows } from './broker-security-rows.ts';
import { kafkaSinkRows } from './kafka-sink-rows.ts';

describe('acceptance rows of Brokers and KafkaSinks on a real API server', { timeout: 560_000 }, () => {
  const stack = new AsyncDisposableStack();
  let running: AcceptanceSuite;
  const suite = (): AcceptanceSuite => running;

  before(async () => {
    running = stack.use(await startAcceptanceSuite());
    await running.installation.apply(settings('good', goodData(running.kafka.bootstrapServers)));
  });
  after(() => stack.disposeAsync());

  describe('control-plane 24.1 Broker', () => brokerRows(suite));
  describe('control-plane 24.1 Broker: addresses, senders and policies', () => brokerSecurityRows(suite));
  describe('control-plane 24.2 Broker, deletion', () => brokerDeletionRows(suite));
  describe('control-plane 24.8 KafkaSink', () => kafkaSinkRows(suite));
});
