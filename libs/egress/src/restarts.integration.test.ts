import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { broker, ContractDriver, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { each, sorted } from '../testing/ids.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { startTestKafka } from '../testing/test-kafka.ts';
import { until } from '../testing/until.ts';

const kafka = await startTestKafka();
const { producer } = kafka;
after(() => kafka[Symbol.asyncDispose]());

describe('restarts and sharing', { timeout: 120_000 }, () => {
  test('a restart goes on where it stopped: nothing is lost, and after a clean stop nothing repeated', async () => {
    const topic = await kafka.freshTopic('restart');
    await using subscriber = await startSubscriber();
    const contract = [broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)])];
    {
      await using egresses = await kafka.startEgresses();
      await new ContractDriver(egresses).serve(contract);
      await send(producer, topic, numbered(100));
      await until('the first arrived', () => subscriber.requests.length > 0);
    }
    await send(
      producer,
      topic,
      numbered(100, (index) => ({ id: String(100 + index) })),
    );
    await using again = await kafka.startEgresses();
    await new ContractDriver(again).serve(contract);
    await until('all arrived', () => new Set(subscriber.ids).size === 200);
    assert.deepEqual(sorted(subscriber.ids), each(200));
  });

  test('deliveries that wait for a retry are given up at a stop and made again after it', async () => {
    const topic = await kafka.freshTopic('sleeping');
    let up = false;
    await using subscriber = await startSubscriber(() => (up ? 204 : 503));
    const contract = [
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-t`, subscriber.url, {
          egressConfig: { retry: 3, backoffPolicy: 1, backoffDelay: 3_600_000n },
        }),
      ]),
    ];
    {
      await using egresses = await kafka.startEgresses({ drainTimeoutMs: 60_000 });
      await new ContractDriver(egresses).serve(contract);
      await send(producer, topic, numbered(10));
      await until('all sleep', () => subscriber.requests.length === 10 && subscriber.open === 0);
    }
    up = true;
    await using again = await kafka.startEgresses();
    await new ContractDriver(again).serve(contract);
    await until('all are made again', () => subscriber.requests.length === 20);
    assert.deepEqual(sorted(subscriber.ids.slice(10)), each(10));
  });

  test('completions above an unfinished record survive a restart', async () => {
    const topic = await kafka.freshTopic('sparse');
    let up = false;
    await using subscriber = await startSubscriber(({ id }) => (id === '0' && !up ? 'never' : 204));
    const contract = [broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)])];
    {
      await using egresses = await kafka.startEgresses({ drainTimeoutMs: 100 });
      await new ContractDriver(egresses).serve(contract);
      await send(
        producer,
        topic,
        numbered(50, () => ({ partition: 0 })),
      );
      await until('all but the first are done', () => subscriber.requests.length === 50 && subscriber.open === 1);
    }
    up = true;
    await using again = await kafka.startEgresses();
    await new ContractDriver(again).serve(contract);
    await until('the first is done', () => subscriber.requests.length === 51);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.deepEqual(subscriber.ids.slice(50), ['0']);
  });

  test('two processes share the partitions of a topic, and nothing is lost when they come and go', async () => {
    const topic = await kafka.freshTopic('shared');
    await using subscriber = await startSubscriber();
    const contract = [broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)])];
    await using first = await kafka.startEgresses();
    await new ContractDriver(first).serve(contract);
    let sent = 0;
    const stop = new AbortController();
    const load = (async () => {
      while (!stop.signal.aborted) {
        await send(
          producer,
          topic,
          numbered(20, (index) => ({ id: String(sent + index) })),
        );
        sent += 20;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const shares: number[] = [];
    {
      await using second = await kafka.startEgresses({
        onState: (states) => shares.push(states[0]?.partitions.length ?? 0),
        limits: { stateIntervalMs: 20 },
      });
      await new ContractDriver(second).serve(contract);
      await until(
        'the second has its share',
        () => shares.at(-1) === 2,
        () => shares,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    stop.abort();
    await load;
    await until(
      'all arrived',
      () => new Set(subscriber.ids).size === sent,
      () => [new Set(subscriber.ids).size, sent],
    );
    const repeated = subscriber.requests.length - sent;
    assert.ok(repeated < sent / 10, `${repeated} of ${sent} were delivered again`);
  });
});
