import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { EgressRuntimeState } from '@eventing-kafka/contract';
import { broker, ContractDriver, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { startTestKafka } from '../testing/test-kafka.ts';
import { until } from '../testing/until.ts';

const kafka = await startTestKafka();
const { producer } = kafka;
after(() => kafka[Symbol.asyncDispose]());

const limits = { breakerFailures: 4, breakerMaxPauseMs: 100, stateIntervalMs: 10, maxInFlight: 20 };
const distinct = (ids: readonly string[]): number => new Set(ids).size;

describe('flow control', { timeout: 120_000 }, () => {
  for (const deliveryOrder of [0, 1, 2] as const) {
    test(`a destination that is down is left alone, and no event is lost by that: order ${deliveryOrder}`, async () => {
      const topic = await kafka.freshTopic('down');
      let isUp = false;
      let downRequests = 0;
      await using subscriber = await startSubscriber(() => {
        if (isUp) return 204;
        downRequests += 1;
        return 'close';
      });
      const states: EgressRuntimeState[] = [];
      await using egresses = await kafka.startEgresses({ limits, onState: (news) => states.push(...news) });
      await new ContractDriver(egresses).serve([
        broker(kafka.bootstrapServers, topic, [
          trigger(topic, subscriber.url, {
            deliveryOrder,
            // Far fewer attempts than there are moments at which one could be made.
            egressConfig: { retry: 20, backoffPolicy: 1, backoffDelay: 1n, timeout: 1_000n },
          }),
        ]),
      ]);
      await send(
        producer,
        topic,
        numbered(100, (index) => ({ key: `key-${index % 10}`, partition: index % 4 })),
      );
      await until(
        'it is paused',
        () => states.some(({ phase }) => phase === 'paused'),
        () => [downRequests, states.at(-1)],
      );
      const paused = states.find(({ phase }) => phase === 'paused');
      assert.equal(paused?.breaker, 'open');
      assert.match(paused.lastDeliveryError ?? '', /ended before the response was complete/);
      const before = downRequests;
      await new Promise((resolve) => setTimeout(resolve, 700));
      // Pauses of 80 to 120 ms, and what was under way when the first began; without them it would be hundreds.
      assert.ok(downRequests - before <= 9 + limits.maxInFlight, `${downRequests - before} requests in 700 ms`);
      isUp = true;
      await until(
        'all were delivered',
        () => distinct(subscriber.ids.slice(downRequests)) === 100,
        () => distinct(subscriber.ids.slice(downRequests)),
      );
      await until('the breaker is closed', () => states.at(-1)?.breaker === 'closed');
      assert.equal(states.at(-1)?.phase, 'delivering');
      const most = Math.max(...subscriber.requests.map(({ attempt }) => attempt));
      assert.ok(most <= 21, `${most} attempts`);
    });
  }

  test('when it stays down, events go to the dead letter sink after their retries', async () => {
    const topic = await kafka.freshTopic('gone');
    await using subscriber = await startSubscriber(() => 503);
    await using deadLetters = await startSubscriber();
    await using egresses = await kafka.startEgresses({ limits: { ...limits, breakerPatienceMs: 300 } });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(topic, subscriber.url, {
          egressConfig: { retry: 2, backoffPolicy: 1, backoffDelay: 1n, deadLetter: deadLetters.url },
        }),
      ]),
    ]);
    await send(producer, topic, numbered(100));
    await until(
      'all are dead letters',
      () => deadLetters.requests.length === 100,
      () => deadLetters.requests.length,
    );
    // Neither more attempts than the contract says, nor fewer.
    const attempts = new Map(subscriber.requests.map(({ id, attempt }) => [id, attempt]));
    assert.deepEqual([...new Set(attempts.values())], [3]);
    assert.equal(deadLetters.requests[99]?.headers['ce-knativeerrorcode'], '503');
    await until('all are committed', async () => (await kafka.committed(`knative-trigger-ns-${topic}`, topic)) === 100);
  });

  test('one bad event after the other holds back none of the good ones', async () => {
    const topic = await kafka.freshTopic('poison');
    await using subscriber = await startSubscriber(({ id }) => (id.startsWith('bad') ? 500 : 204));
    await using deadLetters = await startSubscriber();
    const states: EgressRuntimeState[] = [];
    await using egresses = await kafka.startEgresses({ limits, onState: (news) => states.push(...news) });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(topic, subscriber.url, {
          egressConfig: { retry: 3, backoffPolicy: 1, backoffDelay: 1n, deadLetter: deadLetters.url },
        }),
      ]),
    ]);
    await send(
      producer,
      topic,
      numbered(200).map((event, index) => (index % 2 === 0 ? { ...event, id: `bad-${index}` } : event)),
    );
    await until('all ended', () => deadLetters.requests.length === 100 && distinct(subscriber.ids) === 200);
    assert.equal(subscriber.requests.length, 100 + 100 * 4);
    assert.ok(states.every(({ phase, breaker }) => phase !== 'paused' && breaker === 'closed'));
  });

  test('a subscriber that asks for a pause gets one, for all events and all egresses', async () => {
    const topic = await kafka.freshTopic('busy');
    let askedAtMs = 0;
    let tooSoon = 0;
    await using subscriber = await startSubscriber(({ id }) => {
      if (askedAtMs === 0 && id === '5') {
        askedAtMs = performance.now();
        return { status: 429, headers: { 'retry-after': '1' } };
      }
      if (askedAtMs > 0 && performance.now() - askedAtMs < 950) tooSoon += 1;
      return 204;
    });
    await using egresses = await kafka.startEgresses({ limits: { ...limits, maxInFlight: 1 } });
    const egressConfig = { retry: 1, backoffPolicy: 1, backoffDelay: 1n, retryAfterMax: 5_000n } as const;
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-a`, subscriber.url, { egressConfig }),
        trigger(`${topic}-b`, subscriber.url, { egressConfig }),
      ]),
    ]);
    await send(producer, topic, numbered(40));
    await until('both delivered all', () => subscriber.requests.length === 81);
    // What the other egress had under way when it was asked.
    assert.ok(tooSoon <= 1, `${tooSoon} requests in the second that was asked for`);
  });

  test('an overloaded subscriber gets fewer requests at once, and as many as before when it is well', async () => {
    const topic = await kafka.freshTopic('overload');
    let isOverloaded = true;
    await using subscriber = await startSubscriber(async () => {
      await new Promise((resolve) => setTimeout(resolve, 2));
      return isOverloaded ? 429 : 204;
    });
    const states: EgressRuntimeState[] = [];
    await using egresses = await kafka.startEgresses({ limits, onState: (news) => states.push(...news) });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(topic, subscriber.url, {
          egressConfig: { retry: 10_000, backoffPolicy: 1, backoffDelay: 0n },
        }),
      ]),
    ]);
    await send(producer, topic, numbered(1_000));
    await until(
      'it allows itself one request',
      () => states.at(-1)?.maxInFlight === 1,
      () => states.at(-1),
    );
    isOverloaded = false;
    await until('it allows itself all again', () => states.at(-1)?.maxInFlight === limits.maxInFlight);
    await until('all were delivered', () => distinct(subscriber.ids) === 1_000);
  });

  test('switched off, a destination that is down is tried as the contract says', async () => {
    const topic = await kafka.freshTopic('off');
    await using subscriber = await startSubscriber(() => 503);
    const states: EgressRuntimeState[] = [];
    await using egresses = await kafka.startEgresses({
      limits: { ...limits, breakerFailures: 0, adaptiveConcurrency: false },
      onState: (news) => states.push(...news),
    });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(topic, subscriber.url, { egressConfig: { retry: 2, backoffPolicy: 1, backoffDelay: 1n } }),
      ]),
    ]);
    await send(producer, topic, numbered(100));
    await until('all were tried', () => subscriber.requests.length === 300);
    assert.ok(states.every(({ phase, maxInFlight }) => phase !== 'paused' && maxInFlight === 20));
  });
});
