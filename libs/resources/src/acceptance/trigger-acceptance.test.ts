import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DeliveryOrder, InitialOffset } from '@eventing-kafka/contract';
import type { Egress } from '@eventing-kafka/contract';
import type { Trigger } from '../objects/resource-types.ts';
import { parseResource } from '../parsing/parse-resource.ts';
import { planTrigger } from '../planning/trigger-plan.ts';
import type { TriggerPlan } from '../planning/trigger-plan.ts';

import {
  address,
  serviceUrl,
  serviceRef,
  broker,
  trigger,
  viewOf,
  options,
  systemConfigMap,
  planTriggerOf,
  triggerConditionsOf,
} from '../../testing/world.ts';

describe('control-plane 24.5 Trigger', () => {
  const common = {
    BrokerReady: 'True',
    OIDCIdentityCreated: 'True | authentication-oidc feature disabled',
    SubscriberResolved: 'True',
    DeadLetterSinkResolved: 'True | DeadLetterSinkNotConfigured | No dead letter sink is configured.',
    SubscriptionReady: 'True',
    DependencyReady: 'True',
  };

  test('control-plane 24.5 V1: a new Trigger: its group is named, all is resolved, and it waits for the dispatchers', () => {
    const plan = planTriggerOf(trigger());
    assert.equal(plan.egress?.consumerGroup, 'knative-trigger-test-namespace-test-trigger');
    assert.equal(plan.egress.destination, serviceUrl);
    assert.deepEqual(plan.egress.replyStrategy, { $case: 'replyToOriginalTopic', value: {} });
    assert.equal(plan.status.annotations['group.id'], 'knative-trigger-test-namespace-test-trigger');
    const conditions = triggerConditionsOf(plan, { serving: { kind: 'pending', nodeIds: ['dispatcher-1'] } });
    assert.match(
      conditions['DependencyReady'] ?? '',
      /^Unknown \| failed to reconcile consumer group \| consumer group is not ready/,
    );
    assert.deepEqual({ ...conditions, DependencyReady: 'True' }, common);
  });

  test("control-plane 24.5 V2: without a delivery of its own the Broker's counts, with one only its own does", () => {
    const owner = broker({ delivery: { deadLetterSink: serviceRef, retry: 3, timeout: 'PT1S' } });
    const inherited = planTriggerOf(trigger(), owner);
    assert.equal(inherited.egress?.egressConfig, undefined, 'absent: the one of the resource counts');
    assert.equal(inherited.status.deadLetterSinkUri, serviceUrl);
    const own = planTriggerOf(trigger({ delivery: { retry: 1, backoffDelay: 'PT1S' } }), owner);
    assert.equal(own.egress?.egressConfig?.retry, 1);
    assert.equal(own.egress.egressConfig.deadLetter, '');
    assert.equal(own.status.deadLetterSinkUri, undefined);
    const empty = planTriggerOf(trigger({ delivery: {} }), owner);
    assert.equal(empty.egress?.egressConfig?.retry, 0, "says nothing, and yet the Broker's does not shine through");
  });

  const orders: readonly (readonly [string, DeliveryOrder])[] = [
    ['ordered', DeliveryOrder.ORDERED],
    ['Unordered', DeliveryOrder.UNORDERED],
    ['key', DeliveryOrder.KEY],
  ];
  for (const [text, order] of orders) {
    test(`control-plane 24.5 V3: delivery order ${text}`, () => {
      assert.equal(
        planTriggerOf(trigger({}, { 'kafka.eventing.knative.dev/delivery.order': text })).egress?.deliveryOrder,
        order,
      );
    });
  }

  test('control-plane 24.5 V5: a delivery order that does not exist', () => {
    const plan = planTriggerOf(trigger({}, { 'kafka.eventing.knative.dev/delivery.order': 'invalid' }));
    assert.equal(plan.egress, undefined);
    assert.equal(
      triggerConditionsOf(plan)['DependencyReady'],
      'False | failed to reconcile consumer group | invalid annotation kafka.eventing.knative.dev/delivery.order value: invalid. Allowed values [ "ordered" | "unordered" | "key" ]',
    );
  });

  test('control-plane 24.5 V6, V10: served by all dispatchers', () =>
    assert.deepEqual(triggerConditionsOf(planTriggerOf(trigger())), common));

  test('control-plane 24.5 V13: its dead letter sink is in its status', () => {
    const plan = planTriggerOf(
      trigger({ delivery: { deadLetterSink: { uri: 'https://dls.example', CACerts: 'PEM', audience: 'aud' } } }),
    );
    assert.equal(plan.status.deadLetterSinkUri, 'https://dls.example');
    assert.equal(plan.status.deadLetterSinkCACerts, 'PEM');
    assert.equal(plan.status.deadLetterSinkAudience, 'aud');
    assert.equal(triggerConditionsOf(plan)['DeadLetterSinkResolved'], 'True');
  });

  test('control-plane 24.5 V14 and 26 no. 1: without its Broker a Trigger is not Ready and says so', () => {
    const plan = planTrigger(trigger(), viewOf(), undefined, options());
    assert.ok(plan);
    const conditions = triggerConditionsOf(plan);
    assert.equal(conditions['BrokerReady'], 'False | BrokerDoesNotExist | Broker "test-broker" does not exist');
    assert.equal(conditions['DependencyReady'], 'Unknown');
    assert.equal(conditions['SubscriberResolved'], 'Unknown');
  });

  test("control-plane 24.5 V15: its Broker's condition is its own", () => {
    const condition = {
      type: 'Ready',
      status: 'False' as const,
      reason: 'Why',
      message: 'because',
      lastTransitionTime: '',
    };
    const conditions = triggerConditionsOf(planTriggerOf(trigger()), { brokerReady: { condition, waiting: false } });
    assert.equal(conditions['BrokerReady'], 'False | Why | because');
  });

  test('control-plane 24.5 V17: a Trigger of a Broker of another class is left alone', () => {
    const foreign = broker({}, { 'eventing.knative.dev/broker.class': 'MTChannelBasedBroker' });
    assert.equal(planTrigger(trigger(), viewOf(foreign), undefined, options()), undefined);
  });

  test('first offsets that cannot be fixed keep it from being Ready', () => {
    const conditions = triggerConditionsOf(planTriggerOf(trigger()), {
      offsets: { kind: 'failed', message: 'not authorized' },
    });
    assert.equal(conditions['DependencyReady'], 'False | InitializeOffset | not authorized');
    assert.equal(conditions['SubscriptionReady'], 'Unknown');
  });

  test('control-plane 4.4: a filter of several dialects, from a source that admits it, is all of them', () => {
    const plan = planTriggerOf(trigger({ filters: [{ exact: { type: 'a' }, not: { exact: { source: 'b' } } }] }));
    const [filter] = plan.egress?.dialectedFilter ?? [];
    assert.deepEqual(filter?.filter?.$case === 'all' && filter.filter.value.filters.map((part) => part.filter?.$case), [
      'not',
      'exact',
    ]);
  });

  test('a filter that does not parse is named by its place in the Trigger', () => {
    const plan = planTriggerOf(trigger({ filters: [{ exact: { type: 'a' } }, { not: { cesql: 'type =' } }] }));
    assert.equal(plan.egress, undefined);
    assert.match(
      triggerConditionsOf(plan)['SubscriptionReady'] ?? '',
      /^False \| InvalidFilter \| spec\.filters\[1\]\.not\.cesql: /,
    );
  });

  test('a template decides the name of a new group, and one that names none is refused', () => {
    const templated = (template: string, annotations: Record<string, string> = {}): TriggerPlan | undefined => {
      const features = systemConfigMap('config-kafka-features', { 'triggers-consumergroup-template': template });
      return planTrigger(trigger(), viewOf(broker(), features), { annotations }, options());
    };
    assert.equal(templated('g.{{ .Name }}')?.egress?.consumerGroup, 'g.test-trigger');
    assert.equal(templated('g.{{ .Name }}', { 'group.id': 'kept' })?.egress?.consumerGroup, 'kept');
    for (const [template, message] of [
      ['a b', /"a b" cannot name a consumer group/],
      [' '.repeat(3), /cannot name a consumer group/],
      ['x'.repeat(250), /it has 250/],
      ['{{ index .Labels "none" }}', /it has 0/],
      ['{{ .Nam }}', /is no template/],
    ] as const) {
      const plan = templated(template);
      assert.ok(plan);
      assert.equal(plan.egress, undefined);
      assert.match(triggerConditionsOf(plan)['DependencyReady'] ?? '', /^False \| InvalidConsumerGroup \| /);
      assert.match(triggerConditionsOf(plan)['DependencyReady'] ?? '', message);
      assert.equal(plan.status.annotations['group.id'], undefined);
    }
  });

  test('where a new group starts is what the properties of the consumers say', () => {
    const data = { 'config-kafka-broker-consumer.properties': 'auto.offset.reset=earliest' };
    const view = viewOf(broker(), systemConfigMap('config-kafka-broker-data-plane', data));
    assert.equal(planTrigger(trigger(), view, undefined, options())?.egress?.initialOffset, InitialOffset.EARLIEST);
  });

  test('flags of dispatchers are in the egress when they are on', () => {
    const features = systemConfigMap('config-kafka-features', { 'dispatcher-rate-limiter': 'enabled' });
    assert.deepEqual(planTrigger(trigger(), viewOf(broker(), features), undefined, options())?.egress?.featureFlags, {
      enableRateLimiter: true,
      enableOrderedExecutorMetrics: false,
    });
  });

  test('a Trigger that cannot be taken says why, beside its Broker’s condition', () => {
    const parsed = (spec: unknown): TriggerPlan | undefined => {
      const metadata = { namespace: 'test-namespace', name: 'a' };
      const { refused } = parseResource({ apiVersion: 'eventing.knative.dev/v1', kind: 'Trigger', metadata, spec });
      assert.ok(refused?.kind === 'Trigger');
      return planTrigger(refused, viewOf(broker()), { annotations: { 'group.id': 'kept' } }, options());
    };
    const plan = parsed({ broker: 'test-broker', subscriber: 1 });
    assert.ok(plan);
    assert.equal(plan.egress, undefined);
    assert.equal(plan.status.annotations['group.id'], 'kept');
    const conditions = triggerConditionsOf(plan);
    assert.match(conditions['SubscriptionReady'] ?? '', /^False \| InvalidSpec \| spec\.subscriber is the number 1/);
    assert.equal(conditions['BrokerReady'], 'True');
    const nobody = parsed({ brokerRef: { kind: 'Broker', name: 'b', namespace: 'other' }, subscriber: {} });
    assert.ok(nobody);
    assert.match(
      triggerConditionsOf(nobody)['BrokerReady'] ?? '',
      /^False \| BrokerNotSpecified \| spec\.brokerRef names no Broker/,
    );
  });

  const subscribers: readonly (readonly [string, Trigger['spec']['subscriber'], string])[] = [
    [
      'a relative URL alone',
      { uri: '/path' },
      'URI is not absolute (both scheme and host should be non-empty): "/path"',
    ],
    [
      'another scheme',
      { uri: 'ftp://host/' },
      'URI has the scheme "ftp", only http and https are delivered to: "ftp://host/"',
    ],
    ['nothing', {}, 'destination missing Ref and URI, expected at least one'],
    [
      'a Broker that is not there',
      { ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'none' } },
      'failed to get object test-namespace/none: brokers.eventing.knative.dev "none" not found',
    ],
  ];
  for (const [name, subscriber, error] of subscribers) {
    test(`a subscriber by ${name} is refused`, () => {
      const plan = planTriggerOf(trigger({ subscriber }));
      assert.equal(plan.egress, undefined);
      assert.equal(
        triggerConditionsOf(plan)['SubscriberResolved'],
        `False | Failed to resolve trigger config | failed to resolve Trigger.Spec.Subscriber: ${error}`,
      );
    });
  }

  const resolved: readonly (readonly [string, Trigger['spec']['subscriber'], string])[] = [
    ['a Service with a path', { ...serviceRef, uri: '/a?b=c' }, `${serviceUrl}/a?b=c`],
    ['a Service with certificates', { ...serviceRef, CACerts: 'PEM' }, serviceUrl.replace('http:', 'https:')],
    [
      'a Service of its own namespace',
      { ref: { apiVersion: 'v1', kind: 'Service', name: 'near' } },
      'http://near.test-namespace.svc.cluster.local',
    ],
    ['a Broker', { ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'test-broker' } }, address],
    ['a URL, letter for letter', { uri: 'HTTP://Host:80/x/../y' }, 'HTTP://Host:80/x/../y'],
  ];
  for (const [name, subscriber, url] of resolved) {
    test(`a subscriber by ${name} is resolved`, () => {
      const plan: { egress?: Egress } = planTriggerOf(trigger({ subscriber }));
      assert.equal(plan.egress?.destination, url);
    });
  }

  test('a Service with a URL of its own is found there, in its namespace or in any', () => {
    const urlOf = (serviceUrls: Record<string, string>): string | undefined =>
      planTrigger(
        trigger({ subscriber: { ...serviceRef, uri: '/p?q=1' } }),
        viewOf(broker()),
        undefined,
        options({ serviceUrls }),
      )?.egress?.destination;
    assert.equal(
      urlOf({ '*/test-service': 'http://localhost:1', 'test-service-namespace/test-service': 'http://localhost:2' }),
      'http://localhost:2/p?q=1',
    );
    assert.equal(urlOf({ '*/test-service': 'http://localhost:1' }), 'http://localhost:1/p?q=1');
    assert.equal(urlOf({ 'other/test-service': 'http://localhost:1' }), `${serviceUrl}/p?q=1`);
  });

  test('where Services are looked up, one that is missing is named', () => {
    const plan = planTrigger(trigger(), viewOf(broker()), undefined, options({ servicesMustExist: true }));
    assert.match(
      plan?.failures[0]?.message ?? '',
      /failed to get object test-service-namespace\/test-service: services "test-service" not found$/,
    );
  });
});
