import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeepPartial, Egress, Resource } from '@eventing-kafka/contract';
import { broker, exactly, trigger } from '../testing/contract.ts';
import { planEgress, planResource, readingKey, type EgressPlan } from './egress-plan.ts';

function result(
  egress: Egress,
  more: DeepPartial<Resource> = {},
  bundles: string[] = [],
): ReturnType<typeof planEgress> {
  const resource = broker('localhost:1', 'topic', [egress], more);
  return planEgress(planResource(resource, { bootstrapServers: resource.bootstrapServers }, bundles), egress);
}

function plan(egress: Egress, more: DeepPartial<Resource> = {}, bundles: string[] = []): EgressPlan {
  const planned = result(egress, more, bundles);
  if ('refusal' in planned) throw new Error(planned.refusal.message);
  return planned.plan;
}

const refusals = [
  {
    name: 'a filter that does not parse',
    egress: trigger('a', 'http://s/', {
      dialectedFilter: [{ filter: { $case: 'cesql', value: { expression: 'type = ' } } }],
    }),
    reason: 'InvalidFilter',
  },
  {
    name: 'a filter whose function needs keys that nobody reads',
    egress: trigger('a', 'http://s/', {
      dialectedFilter: [
        {
          filter: {
            $case: 'cesql',
            value: { expression: 'KN_VERIFY_CORRELATION_ID(replyid, "n", "ns", "secret", 0, 1)' },
          },
        },
      ],
    }),
    reason: 'FunctionUnavailable',
  },
  { name: 'a destination that is not absolute', egress: trigger('a', '/path'), reason: 'InvalidDestination' },
  { name: 'an empty destination', egress: trigger('a', ''), reason: 'InvalidDestination' },
  {
    name: 'a dead letter sink that is not absolute',
    egress: trigger('a', 'http://s/', { egressConfig: { deadLetter: 'nowhere' } }),
    reason: 'InvalidDeadLetter',
  },
  {
    name: 'a reply URL that is not absolute',
    egress: trigger('a', 'http://s/', { replyStrategy: { $case: 'replyUrl', value: 'x' } }),
    reason: 'InvalidReplyUrl',
  },
  {
    name: 'a destination with an audience, where no token can be obtained',
    egress: trigger('a', 'https://s/', { destinationAudience: 'aud', oidcServiceAccountName: 'sa' }),
    reason: 'AuthenticationUnsupported',
  },
  {
    name: 'an egress without group',
    egress: trigger('a', 'http://s/', { consumerGroup: '' }),
    reason: 'NoConsumerGroup',
  },
] as const;

for (const { name, egress, reason } of refusals) {
  test(`refuses ${name}`, () => {
    const planned = result(egress);
    assert.ok('refusal' in planned);
    assert.deepEqual([planned.refusal.egressUid, planned.refusal.reason], ['trigger-a', reason]);
    assert.ok(planned.refusal.message.length > 20);
  });
}

test('dispatcher 21 D14 a destination of an unknown scheme is absolute, and left to the delivery', () => {
  assert.equal(plan(trigger('a', 'bad://uri')).delivery.subscriber.url, 'bad://uri');
});

test('dispatcher 21 D13 delivery settings of the resource hold only for an egress without its own', () => {
  const egressConfig = { deadLetter: 'http://d2/' };
  assert.equal(plan(trigger('a', 'http://s/'), { egressConfig }).delivery.deadLetter?.url, 'http://d2/');
  assert.equal(
    plan(trigger('a', 'http://s/', { egressConfig: { retry: 1 } }), { egressConfig }).delivery.deadLetter,
    undefined,
  );
});

test('dispatcher 21 X3 overrides of context attributes and of illegal names are left out', () => {
  const { overrides } = plan(trigger('a', 'http://s/'), {
    cloudEventOverrides: { extensions: { id: 'over', type: 'ot', 'My-Ext': 'z', a: 'foo' } },
  }).selection;
  assert.deepEqual([...overrides.extensions], [['a', 'foo']]);
  assert.deepEqual(overrides.ignored, ['My-Ext', 'id', 'type']);
});

test('egresses with the same filter and overrides share a selection, others do not', () => {
  const key = (type: string, extensions: Record<string, string> = {}): string =>
    plan(trigger(type, 'http://s/', { dialectedFilter: exactly({ type }) }), { cloudEventOverrides: { extensions } })
      .selection.key;
  assert.equal(key('x'), key('x'));
  assert.notEqual(key('x'), key('y'));
  assert.notEqual(key('x'), key('x', { a: '1' }));
});

test('only cluster, topics and group decide where an egress reads', () => {
  const base = readingKey(plan(trigger('a', 'http://s/')));
  assert.equal(
    readingKey(plan(trigger('a', 'http://other/', { dialectedFilter: exactly({ type: 'x' }), deliveryOrder: 1 }))),
    base,
  );
  assert.notEqual(readingKey(plan(trigger('a', 'http://s/', { consumerGroup: 'g' }))), base);
  assert.notEqual(readingKey(plan(trigger('a', 'http://s/'), { topics: ['other'] })), base);
  assert.notEqual(readingKey(plan(trigger('a', 'http://s/'), { bootstrapServers: 'other:1' })), base);
});

test('targets trust the bundles of the contract and their own certificates', () => {
  const { delivery } = plan(trigger('a', 'http://s/', { destinationCaCerts: 'OWN' }), {}, ['B1', 'B2']);
  assert.equal(delivery.subscriber.caPem, 'B1\nB2\nOWN');
});
