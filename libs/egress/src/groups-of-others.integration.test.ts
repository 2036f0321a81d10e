import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { EgressRuntimeState } from '@eventing-kafka/contract';
import { KafkaError } from '@eventing-kafka/kafka-client';
import { withMembers, withStore } from '../testing/changed-clients.ts';
import { broker, ContractDriver, trigger } from '../testing/contract.ts';
import { numbered, send } from '../testing/events.ts';
import { startSubscriber } from '../testing/subscriber.ts';
import { startTestKafka } from '../testing/test-kafka.ts';
import { until } from '../testing/until.ts';

const kafka = await startTestKafka();
const { producer } = kafka;
after(() => kafka[Symbol.asyncDispose]());

describe('a group that others have, or that cannot be read', { timeout: 120_000 }, () => {
  test('while somebody else works for the group nothing is delivered, and all of it once the group is free', async () => {
    const topic = await kafka.freshTopic('members');
    const states: EgressRuntimeState[] = [];
    await using subscriber = await startSubscriber();
    await using other = await startSubscriber();
    const group = { id: `knative-trigger-ns-${topic}-t`, members: true };
    await using egresses = await kafka.startEgresses({
      kafka: withMembers(kafka.clients, group),
      limits: { blockedRetryMs: 50, stateIntervalMs: 20 },
      onState: (news) => states.push(...news),
    });
    const contract = new ContractDriver(egresses);
    const refused = await contract.serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url), trigger(`${topic}-o`, other.url)]),
    ]);
    assert.deepEqual(
      refused.map(({ egressUid, reason, message }) => [egressUid, reason, message]),
      [[`trigger-${topic}-t`, 'NotReading', `group ${group.id} has members`]],
    );
    await send(producer, topic, numbered(20));
    await until('others are served', () => other.requests.length === 20);
    await until('it is told', () =>
      states.some((state) => state.phase === 'blocked' && state.lastDeliveryError === `group ${group.id} has members`),
    );
    assert.equal(subscriber.requests.length, 0);
    group.members = false;
    await until('all arrived', () => subscriber.requests.length === 20);
    await until('it works', () =>
      states.some((state) => state.egressUid === `trigger-${topic}-t` && state.phase === 'delivering'),
    );
  });

  test('a group that gets members while we deliver stops us, and what they committed is not delivered again', async () => {
    const topic = await kafka.freshTopic('joined');
    await using subscriber = await startSubscriber();
    const group = { id: `knative-trigger-ns-${topic}-t`, members: false };
    await using egresses = await kafka.startEgresses({
      kafka: withMembers(kafka.clients, group),
      limits: { blockedRetryMs: 50, commitIntervalMs: 20 },
    });
    await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url)]),
    ]);
    await send(
      producer,
      topic,
      numbered(10, () => ({ partition: 0 })),
    );
    await until('ours arrived', () => subscriber.requests.length === 10);
    await until('ours are committed', async () => (await kafka.committed(group.id, topic)) === 10);
    group.members = true;
    await send(producer, topic, [{ id: 'noticed', partition: 0 }]);
    await until('the commit was refused', () => subscriber.requests.length === 11);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await send(
      producer,
      topic,
      numbered(10, () => ({ partition: 0 }), 'theirs'),
    );
    await using store = await kafka.clients.offsets({ bootstrapServers: kafka.bootstrapServers });
    await store.commit([{ groupId: group.id, topic, partition: 0, offset: 21, metadata: '' }]);
    group.members = false;
    await send(producer, topic, [{ id: 'ours again', partition: 0 }]);
    await until('we go on', () => subscriber.ids.includes('ours%20again') || subscriber.ids.includes('ours again'));
    assert.deepEqual(
      subscriber.ids.filter((id) => id.startsWith('theirs')),
      [],
    );
  });

  test('a group that cannot be read holds back no other, and is served once it can be', async () => {
    const topic = await kafka.freshTopic('unreadable');
    await using subscriber = await startSubscriber();
    await using other = await startSubscriber();
    const unreadable = `knative-trigger-ns-${topic}-t`;
    let isReadable = false;
    const error = new KafkaError('KAFKA_AUTHORIZATION', 'no right to read the group', { retriable: true });
    const clients = withStore(kafka.clients, (store) => ({
      fetch: async (requests) =>
        (await store.fetch(requests)).map((row) =>
          isReadable || row.groupId !== unreadable ? row : { ...row, offset: undefined, error },
        ),
    }));
    await using egresses = await kafka.startEgresses({ kafka: clients });
    const refused = await new ContractDriver(egresses).serve([
      broker(kafka.bootstrapServers, topic, [trigger(`${topic}-t`, subscriber.url), trigger(`${topic}-o`, other.url)]),
    ]);
    assert.deepEqual(
      refused.map(({ egressUid, message }) => [egressUid, message]),
      [[`trigger-${topic}-t`, 'no right to read the group']],
    );
    await send(producer, topic, numbered(20));
    await until('the other has all', () => other.requests.length === 20);
    assert.equal(subscriber.requests.length, 0);
    isReadable = true;
    await until('all arrived', () => subscriber.requests.length === 20);
  });
});
