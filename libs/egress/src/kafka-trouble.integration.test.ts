import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { EgressRuntimeState, RefusedPart } from '@eventing-kafka/contract';
import { createKafkaClients, KafkaError } from '@eventing-kafka/kafka-client';
import { changed, withStore } from '../testing/changed-clients.ts';
import { broker, ContractDriver, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { startTestKafka } from '../testing/test-kafka.ts';
import { until } from '../testing/until.ts';

const kafka = await startTestKafka();
const { producer } = kafka;
after(() => kafka[Symbol.asyncDispose]());

describe('a Kafka that answers late, or not at all', { timeout: 120_000 }, () => {
  test('an egress that does not read yet is refused each time until it does', async () => {
    const topic = await kafka.freshTopic('slow-start');
    const gate = Promise.withResolvers<undefined>();
    let opened = 0;
    const clients = changed(kafka.clients, {
      feed: async (cluster, options) => {
        opened += 1;
        await gate.promise;
        return kafka.clients.feed(cluster, options);
      },
    });
    await using egresses = await kafka.startEgresses({ kafka: clients, limits: { applyTimeoutMs: 50 } });
    const contract = new ContractDriver(egresses);
    const expected = [['trigger-slow-start', 'NotReading', 'Kafka has not answered yet']];
    const parts = (refused: readonly RefusedPart[]) =>
      refused.map(({ egressUid, reason, message }) => [egressUid, reason, message]);
    await using subscriber = await startSubscriber();
    const wanted = [broker(kafka.bootstrapServers, topic, [trigger('slow-start', subscriber.url)])];
    assert.deepEqual(parts(await contract.serve(wanted)), expected);
    assert.deepEqual(parts(await contract.again()), expected);
    gate.resolve(undefined);
    await until('it is served', async () => (await contract.again()).length === 0);
    assert.equal(opened, 1);
  });

  test('commits that are not answered do not keep the end waiting', async () => {
    const topic = await kafka.freshTopic('unanswered');
    await using subscriber = await startSubscriber();
    let isSilent = false;
    let asked = 0;
    const clients = withStore(kafka.clients, (store) => {
      const closed = Promise.withResolvers<undefined>();
      return {
        commit: async (commits) => {
          asked += 1;
          if (isSilent) await closed.promise;
          return store.commit(commits);
        },
        [Symbol.asyncDispose]: async () => {
          closed.resolve(undefined);
          await store[Symbol.asyncDispose]();
        },
      };
    });
    const egresses = await kafka.startEgresses({ kafka: clients, limits: { commitIntervalMs: 10 } });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)]),
    ]);
    await send(producer, topic, numbered(10));
    await until('all arrived', () => subscriber.requests.length === 10);
    isSilent = true;
    asked = 0;
    await send(producer, topic, numbered(10));
    await until('a commit is under way', () => subscriber.requests.length === 20 && asked > 0);
    await egresses[Symbol.asyncDispose]();
  });

  test('trouble with an idle topic is over once Kafka answers again', async () => {
    const topic = await kafka.freshTopic('hiccup');
    let isAway = false;
    let state: EgressRuntimeState | undefined;
    const clients = changed(kafka.clients, {
      topics: async (cluster) => {
        const topics = await kafka.clients.topics(cluster);
        return Object.assign(Object.create(topics) as typeof topics, {
          describe: (name: string) => topics.describe(name),
          offsets: (name: string, at: 'earliest' | 'latest') =>
            isAway
              ? Promise.reject(new KafkaError('KAFKA_TIMEOUT', 'no answer', { retriable: true }))
              : topics.offsets(name, at),
          [Symbol.asyncDispose]: () => topics[Symbol.asyncDispose](),
        });
      },
    });
    await using egresses = await kafka.startEgresses({
      kafka: clients,
      limits: { lagIntervalMs: 20, stateIntervalMs: 10 },
      onState: (news) => (state = news.at(-1)),
    });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, 'http://127.0.0.1:1/')]),
    ]);
    await until('it is at work', () => state?.phase === 'delivering');
    isAway = true;
    await until('the trouble is told', () => state?.phase === 'blocked' && state.lastDeliveryError === 'no answer');
    isAway = false;
    await until('it is over', () => state?.phase === 'delivering');
  });

  test('an unreachable Kafka is a refusal in time, and disposing does not wait for it', async () => {
    await using clients = createKafkaClients();
    await using egresses = await kafka.startEgresses({ kafka: clients, limits: { applyTimeoutMs: 300 } });
    const refused = await new ContractDriver(egresses).serve([
      broker('127.0.0.1:1', 'nowhere', [trigger('nowhere', 'http://127.0.0.1:1/')]),
    ]);
    assert.deepEqual(
      refused.map(({ egressUid, reason }) => [egressUid, reason]),
      [['trigger-nowhere', 'NotReading']],
    );
  });
});
