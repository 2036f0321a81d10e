import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { FeedHandler } from '@eventing-kafka/kafka-client';
import { createLogger } from '@eventing-kafka/logging';
import { changed } from '../testing/changed-clients.ts';
import { broker, ContractDriver, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { startTestKafka } from '../testing/test-kafka.ts';
import { until } from '../testing/until.ts';

const kafka = await startTestKafka();
const { producer } = kafka;
after(() => kafka[Symbol.asyncDispose]());

describe('egresses that leave', { timeout: 120_000 }, () => {
  test('nothing is opened once the end has begun', async () => {
    const [first, second] = [await kafka.freshTopic('end'), await kafka.freshTopic('end')];
    await using hung = await startSubscriber(() => 'never');
    const opened: string[] = [];
    const clients = changed(kafka.clients, {
      feed: (cluster, options) => {
        opened.push(options.topic);
        return kafka.clients.feed(cluster, options);
      },
    });
    const egresses = await kafka.startEgresses({
      kafka: clients,
      drainTimeoutMs: 100,
      limits: { applyTimeoutMs: 100, removeTimeoutMs: 60_000 },
    });
    const contract = new ContractDriver(egresses);
    const on = (topic: string) => broker(kafka.bootstrapServers, topic, [trigger('end', hung.url)], { uid: 'end' });
    await contract.serve([on(first)]);
    await send(producer, first, numbered(1));
    await until('a delivery hangs', () => hung.requests.length === 1);
    const refused = await contract.serve([on(second)]);
    assert.deepEqual(
      refused.map(({ egressUid, reason }) => [egressUid, reason]),
      [['trigger-end', 'NotReading']],
    );
    await egresses[Symbol.asyncDispose]();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(opened, [first]);
  });

  test('when the address of Kafka is written differently the old egress ends before the new one begins', async () => {
    const topic = await kafka.freshTopic('address');
    const gate = Promise.withResolvers<undefined>();
    await using subscriber = await startSubscriber(() => gate.promise.then(() => 204));
    let opened = 0;
    const clients = changed(kafka.clients, {
      feed: (cluster, options) => {
        opened += 1;
        return kafka.clients.feed(cluster, options);
      },
    });
    await using egresses = await kafka.startEgresses({ kafka: clients, limits: { applyTimeoutMs: 100 } });
    const contract = new ContractDriver(egresses);
    const at = (address: string) =>
      broker(address, topic, [trigger(`${topic}-t`, subscriber.url, { deliveryOrder: 1 })]);
    await contract.serve([at(kafka.bootstrapServers)]);
    await send(
      producer,
      topic,
      numbered(2, () => ({ partition: 0 })),
    );
    await until('a delivery is under way', () => subscriber.requests.length === 1);
    await contract.serve([at(`${kafka.bootstrapServers},${kafka.bootstrapServers}`)]);
    assert.equal(opened, 1);
    gate.resolve(undefined);
    await until('the rest arrived', () => subscriber.requests.length > 1);
    assert.deepEqual(subscriber.ids, ['0', '1']);
    assert.equal(opened, 2);
  });

  test('a partition that is taken while its last egress leaves waits for it, and for its commit', async () => {
    const topic = await kafka.freshTopic('leaving');
    const gate = Promise.withResolvers<undefined>();
    await using subscriber = await startSubscriber(() => gate.promise.then(() => 204));
    let handler: FeedHandler | undefined;
    const clients = changed(kafka.clients, {
      feed: (cluster, options) => {
        handler = options.handler;
        return kafka.clients.feed(cluster, options);
      },
    });
    await using egresses = await kafka.startEgresses({ kafka: clients, limits: { commitIntervalMs: 1_000_000 } });
    const contract = new ContractDriver(egresses);
    await contract.serve([broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)])]);
    await send(
      producer,
      topic,
      numbered(2, () => ({ partition: 0 })),
    );
    await until('deliveries are under way', () => subscriber.requests.length === 2);
    await contract.serve([]);
    const taken = handler?.revoked([0]);
    gate.resolve(undefined);
    await taken;
    assert.equal(await kafka.committed(`knative-trigger-ns-${topic}-t`, topic), 2);
  });

  test('that partitions were given up is logged once, by closing or by a rebalance', async () => {
    const topic = await kafka.freshTopic('given-up');
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', format: 'json', write: (line) => lines.push(line) });
    await using subscriber = await startSubscriber(() => 204);
    await using egresses = await kafka.startEgresses({ logger });
    const contract = new ContractDriver(egresses);
    await contract.serve([broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)])]);
    await send(producer, topic, numbered(1));
    await until('it is delivered', () => subscriber.requests.length === 1);
    await contract.serve([]);
    await egresses[Symbol.asyncDispose]();
    assert.equal(lines.filter((line) => line.includes('partitions given up')).length, 1);
  });
});
