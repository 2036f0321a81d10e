import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ContentMode } from '@eventing-kafka/contract';
import { resource } from '../testing/contracts.ts';
import { decideOwners, planRoute } from './route-plan.ts';
import type { RoutePlan } from './route-plan.ts';

describe('planRoute', () => {
  test('plans nothing for a resource without an ingress', () => {
    assert.deepEqual(planRoute(resource('a', undefined)), { kind: 'none' });
  });

  test('plans path, topic, mode and reference of a sink', () => {
    const decision = planRoute(
      resource('a', { path: '/ns/a', contentMode: ContentMode.STRUCTURED }, { topics: ['t'] }),
    );
    assert.deepEqual(decision, {
      kind: 'route',
      plan: {
        resourceUid: 'a',
        topic: 't',
        bootstrapServers: 'kafka:9092',
        mode: 'structured',
        path: '/ns/a',
        hosts: [],
        auth: undefined,
        kind: 'Broker',
        namespace: 'ns',
        name: 'a',
        eventTypesOf: undefined,
        authorization: undefined,
      },
    });
  });

  test('takes absent authentication for none', () => {
    const decision = planRoute(resource('a', { path: '/a' }, { auth: { $case: 'absentAuth', value: {} } }));
    assert.equal(decision.kind === 'route' && decision.plan.auth, undefined);
  });

  for (const [name, bad, reason, keepsPrevious] of [
    [
      'an audience, for this receiver checks no tokens',
      resource('a', { path: '/a', audience: 'aud' }),
      'AuthenticationUnsupported',
      false,
    ],
    ['no topic', resource('a', { path: '/a' }, { topics: [] }), 'TopicInvalid', true],
    ['two topics', resource('a', { path: '/a' }, { topics: ['t', 'u'] }), 'TopicInvalid', true],
    ['no bootstrap servers', resource('a', { path: '/a' }, { bootstrapServers: ' ' }), 'BootstrapServersInvalid', true],
    [
      'a server without a port',
      resource('a', { path: '/a' }, { bootstrapServers: 'k:9092,k2' }),
      'BootstrapServersInvalid',
      true,
    ],
    [
      'a port out of range',
      resource('a', { path: '/a' }, { bootstrapServers: 'k:70000' }),
      'BootstrapServersInvalid',
      true,
    ],
    [
      'an unknown content mode',
      resource('a', { path: '/a', contentMode: ContentMode.UNRECOGNIZED }),
      'ContentModeUnknown',
      true,
    ],
    ['receiver 20.1 R-32: path "/" and no host', resource('a', { path: '/' }), 'AddressMissing', false],
  ] as const) {
    test(`refuses ${name}`, () => {
      const decision = planRoute(bad);
      assert.equal(decision.kind, 'refused');
      assert.equal(decision.refusal.reason, reason);
      assert.equal(decision.refusal.keepsPrevious, keepsPrevious);
    });
  }

  for (const servers of [
    'k:1',
    'kafka-1.ns:9092, kafka-2.ns:9092',
    '10.0.0.1:9092',
    '[::1]:9092',
    'PLAINTEXT://k:9092',
  ]) {
    test(`takes bootstrap servers ${servers}`, () => {
      assert.equal(planRoute(resource('a', { path: '/a' }, { bootstrapServers: servers })).kind, 'route');
    });
  }
});

function plan(resourceUid: string, path: string, host = ''): RoutePlan {
  const decision = planRoute(resource(resourceUid, { path, host }));
  assert.equal(decision.kind, 'route');
  return decision.plan;
}

describe('decideOwners', () => {
  test('gives a path to the first by uid and refuses the other, naming the holder', () => {
    const { served, refused } = decideOwners([plan('b', '/x'), plan('a', '/x/')]);
    assert.deepEqual(
      served.map((one) => one.resourceUid),
      ['a'],
    );
    assert.equal(refused.get('b')?.reason, 'PathConflict');
    assert.match(refused.get('b')?.message ?? '', /resource a/);
  });

  test('gives a host to the first by uid, whatever its case', () => {
    const { refused } = decideOwners([plan('a', '', 'Sink.example'), plan('b', '', 'sink.example:80')]);
    assert.equal(refused.get('b')?.reason, 'HostConflict');
  });

  test('lets one that was refused hold nothing', () => {
    const { served } = decideOwners([plan('a', '/x'), plan('b', '/x', 'h'), plan('c', '', 'h')]);
    assert.deepEqual(
      served.map((one) => one.resourceUid),
      ['a', 'c'],
    );
  });

  test('decides alike whatever the order, and gives no address twice', () => {
    const plans = fc.uniqueArray(
      fc.tuple(fc.stringMatching(/^[a-f]$/), fc.constantFrom('', '/x', '/y'), fc.constantFrom('h', 'i', 'j')),
      {
        selector: ([uid]) => uid,
      },
    );
    fc.assert(
      fc.property(plans, fc.infiniteStream(fc.nat()), (entries, order) => {
        const all = entries.map(([uid, path, host]) => plan(uid, path, host));
        const shuffled = [...all].map((one) => ({ one, by: Number(order.next().value) })).sort((x, y) => x.by - y.by);
        const owners = decideOwners(all);
        assert.deepEqual(decideOwners(shuffled.map(({ one }) => one)), owners);
        const addresses = owners.served.flatMap((one) => [...(one.path === '' ? [] : [one.path]), ...one.hosts]);
        assert.equal(new Set(addresses).size, addresses.length);
        assert.equal(owners.served.length + owners.refused.size, all.length);
      }),
    );
  });
});
