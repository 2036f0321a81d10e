import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { InitialOffset, type EgressRuntimeState } from '@eventing-kafka/contract';
import { broker, ContractDriver, exactly, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { each, sorted } from '../testing/ids.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { startTestKafka } from '../testing/test-kafka.ts';
import { until } from '../testing/until.ts';

const kafka = await startTestKafka();
const { producer } = kafka;
after(() => kafka[Symbol.asyncDispose]());

describe('changes of the contract', { timeout: 120_000 }, () => {
  test('destination, filter and delivery change in place: nothing is lost, nothing is delivered again', async () => {
    const topic = await kafka.freshTopic('inplace');
    await using before = await startSubscriber();
    await using later = await startSubscriber();
    await using egresses = await kafka.startEgresses();
    const contract = new ContractDriver(egresses);
    await contract.serve([broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, before.url)])]);
    await send(producer, topic, numbered(100));
    await until('the first hundred arrived', () => before.requests.length === 100);
    await contract.serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-t`, later.url, { dialectedFilter: exactly({ type: 'wanted' }) }),
      ]),
    ]);
    await send(
      producer,
      topic,
      numbered(100, (index) => ({ type: index % 2 === 0 ? 'wanted' : 'other' }), 'x'),
    );
    await until('the wanted ones arrived', () => later.requests.length === 50);
    assert.equal(before.requests.length, 100);
    assert.equal(new Set(later.ids).size, 50);
  });

  test('a changed destination is taken up by deliveries that wait for a retry', async () => {
    const topic = await kafka.freshTopic('rescued');
    await using broken = await startSubscriber(() => 503);
    await using mended = await startSubscriber();
    await using egresses = await kafka.startEgresses();
    const contract = new ContractDriver(egresses);
    const serve = (url: string): Promise<unknown> =>
      contract.serve([
        broker(kafka.bootstrapServers, topic, [
          trigger(`${topic}-t`, url, { egressConfig: { retry: 1_000, backoffPolicy: 1, backoffDelay: 20n } }),
        ]),
      ]);
    await serve(broken.url);
    await send(producer, topic, numbered(5));
    await until('it is being retried', () => broken.requests.length > 10);
    await serve(mended.url);
    await until('all arrived', () => mended.requests.length === 5);
  });

  test('egresses are added, changed and removed under load, and each that stays gets every event', async () => {
    const topic = await kafka.freshTopic('load');
    await using stays = await startSubscriber();
    await using comes = await startSubscriber();
    await using egresses = await kafka.startEgresses();
    const contract = new ContractDriver(egresses);
    const staying = trigger(`${topic}-stays`, stays.url);
    await contract.serve([broker(kafka.bootstrapServers, topic, [staying])]);
    const sending = (async () => {
      for (let round = 0; round < 20; round += 1) {
        await send(
          producer,
          topic,
          numbered(50, () => ({}), `${round}.`),
        );
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    for (let round = 0; round < 6; round += 1) {
      const coming = trigger(`${topic}-comes`, comes.url, { egressConfig: { retry: round } });
      await contract.serve([broker(kafka.bootstrapServers, topic, round % 3 === 2 ? [staying] : [staying, coming])]);
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await contract.serve([broker(kafka.bootstrapServers, topic, [staying, trigger(`${topic}-comes`, comes.url)])]);
    await sending;
    await until(
      'all arrived at both',
      () => new Set(stays.ids).size === 1_000 && new Set(comes.ids).size === 1_000,
      () => [new Set(stays.ids).size, new Set(comes.ids).size],
    );
    assert.equal(stays.requests.length, 1_000);
  });

  test('latest: events posted after the contract was applied arrive, those before do not', async () => {
    const topic = await kafka.freshTopic('latest');
    await using subscriber = await startSubscriber();
    await using egresses = await kafka.startEgresses();
    await send(
      producer,
      topic,
      numbered(40, () => ({}), 'old'),
    );
    const refused = await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-t`, subscriber.url, { initialOffset: InitialOffset.LATEST }),
      ]),
    ]);
    assert.deepEqual(refused, []);
    await send(producer, topic, numbered(40));
    await until('the new ones arrived', () => subscriber.requests.length >= 40);
    assert.deepEqual(sorted(subscriber.ids), each(40));
  });

  test('what cannot be served is refused by name while the rest is served', async () => {
    const topic = await kafka.freshTopic('refused');
    await using subscriber = await startSubscriber();
    await using egresses = await kafka.startEgresses();
    const refused = await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [
        trigger(`${topic}-good`, subscriber.url),
        trigger(`${topic}-bad`, subscriber.url, {
          dialectedFilter: [{ filter: { $case: 'cesql', value: { expression: '(' } } }],
        }),
      ]),
    ]);
    assert.deepEqual(
      refused.map(({ egressUid, reason }) => [egressUid, reason]),
      [[`trigger-${topic}-bad`, 'InvalidFilter']],
    );
    await send(producer, topic, numbered(1));
    await until('the good one delivers', () => subscriber.requests.length === 1);
  });

  test('states tell phase, partitions, lag and the last failure', async () => {
    const topic = await kafka.freshTopic('states');
    const states: EgressRuntimeState[] = [];
    await using subscriber = await startSubscriber(() => 400);
    await using egresses = await kafka.startEgresses({
      onState: (news) => states.push(...news),
      limits: { stateIntervalMs: 20, lagIntervalMs: 50 },
    });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)]),
    ]);
    await send(producer, topic, numbered(1));
    await until(
      'it is told',
      () => {
        const last = states.at(-1);
        return (
          last?.phase === 'delivering' &&
          last.partitions.length === 4 &&
          last.lag === 0n &&
          last.lastDeliveryError?.includes('400') === true
        );
      },
      () => states.at(-1)?.lastDeliveryError,
    );
  });
});
