import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { broker, ContractDriver, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { startTestKafka } from '../testing/test-kafka.ts';
import { until } from '../testing/until.ts';

const kafka = await startTestKafka();
const { producer } = kafka;
after(() => kafka[Symbol.asyncDispose]());

describe('slow subscribers', { timeout: 120_000 }, () => {
  test('a dead subscriber holds back nobody, memory stays bounded, and it catches up once it is back', async () => {
    const topic = await kafka.freshTopic('slow');
    let up = false;
    const data = Buffer.alloc(10_000, 'x');
    await using fast = await startSubscriber();
    await using dead = await startSubscriber(() => (up ? 204 : 'never'));
    await using egresses = await kafka.startEgresses({
      limits: { maxBufferedBytes: 2 * 1024 * 1024, maxInFlight: 10 },
      drainTimeoutMs: 100,
    });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-fast`, fast.url),
        trigger(`${topic}-dead`, dead.url, {
          egressConfig: { timeout: 300n, retry: 1_000, backoffPolicy: 1, backoffDelay: 1n },
        }),
      ]),
    ]);
    await send(
      producer,
      topic,
      numbered(1_000, () => ({ data })),
    );
    await until(
      'the fast one has all',
      () => fast.requests.length === 1_000,
      () => fast.requests.length,
    );
    assert.ok(new Set(dead.ids).size <= 10);
    up = true;
    await until(
      'the other caught up',
      () => new Set(dead.ids).size === 1_000,
      () => new Set(dead.ids).size,
    );
    assert.equal(fast.requests.length, 1_000);
    await send(
      producer,
      topic,
      numbered(10, () => ({}), 'more'),
    );
    await until('both go on at the head', () => fast.requests.length === 1_010 && new Set(dead.ids).size === 1_010);
  });

  test('a new egress that starts far behind catches up without making others read again', async () => {
    const topic = await kafka.freshTopic('behind');
    await using old = await startSubscriber();
    await using late = await startSubscriber();
    await using egresses = await kafka.startEgresses();
    const contract = new ContractDriver(egresses);
    await contract.serve([broker(kafka.bootstrapServers, topic, [trigger(`${topic}-old`, old.url)])]);
    await send(producer, topic, numbered(2_000));
    await until('the old one has all', () => old.requests.length === 2_000);
    await contract.serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-old`, old.url), trigger(`${topic}-late`, late.url)]),
    ]);
    await until(
      'the late one has all',
      () => new Set(late.ids).size === 2_000,
      () => late.requests.length,
    );
    await send(
      producer,
      topic,
      numbered(10, () => ({}), 'more'),
    );
    await until(
      'both go on',
      () => old.requests.length === 2_010 && late.requests.length === 2_010,
      () => [old.requests.length, late.requests.length],
    );
  });
});
