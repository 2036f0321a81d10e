/** Rows of control-plane 24.4, in what a user sees: Triggers of Brokers of class KafkaNamespaced. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BackoffPolicy, DeliveryOrder } from '@eventing-kafka/contract';
import {
  broker,
  configOf,
  metadata,
  oidcOn,
  options,
  serviceRef,
  serviceUrl,
  trigger,
  triggerConditionsOf,
  viewOf,
} from '../../testing/world.ts';
import type { Broker, ManifestResource, ServiceAccount, Trigger } from '../objects/resource-types.ts';
import { planTrigger } from '../planning/trigger-plan.ts';
import type { TriggerPlan } from '../planning/trigger-plan.ts';

const ofClass = { 'eventing.knative.dev/broker.class': 'KafkaNamespaced' };
const group = 'knative-trigger-test-namespace-test-trigger';

function planned(object: Trigger, owner: Broker = broker({}, ofClass), ...objects: ManifestResource[]): TriggerPlan {
  const plan = planTrigger(object, viewOf(owner, ...objects), undefined, options({ namespacedDataPlanes: true }));
  assert.ok(plan);
  return plan;
}

describe('control-plane 24.4 Trigger of a namespaced Broker', () => {
  const success = {
    BrokerReady: 'True',
    OIDCIdentityCreated: 'True | authentication-oidc feature disabled',
    SubscriberResolved: 'True | SubscriberResolved | Subscriber will receive events with the delivery order: UNORDERED',
    DeadLetterSinkResolved: 'True | DeadLetterSinkNotConfigured | No dead letter sink is configured.',
    SubscriptionReady: 'True',
    DependencyReady: 'True',
  };

  test('control-plane 24.4 T1: destination, group, uid and reference, and the words of its conditions', () => {
    const plan = planned(trigger());
    assert.equal(plan.egress?.destination, serviceUrl);
    assert.equal(plan.egress.consumerGroup, group);
    assert.equal(plan.egress.uid, 'uid of test-trigger');
    assert.equal(plan.egress.reference?.name, 'test-trigger');
    assert.deepEqual(plan.status.annotations, { 'group.id': group });
    assert.deepEqual(triggerConditionsOf(plan), success);
  });

  test('control-plane 24.4 T3: delivery of its own', () => {
    const delivery = {
      deadLetterSink: serviceRef,
      retry: 3,
      backoffPolicy: 'exponential',
      backoffDelay: 'PT1S',
      timeout: 'PT2S',
    };
    const plan = planned(trigger({ delivery }));
    assert.deepEqual(configOf(plan.egress?.egressConfig), {
      deadLetter: serviceUrl,
      retry: 3,
      backoffPolicy: BackoffPolicy.Exponential,
      backoffDelay: 1_000n,
      timeout: 2_000n,
    });
    assert.equal(plan.status.deadLetterSinkUri, serviceUrl);
  });

  for (const order of ['ordered', 'key']) {
    test(`control-plane 24.4 T4: order ${order} is told`, () => {
      const plan = planned(trigger({}, { 'kafka.eventing.knative.dev/delivery.order': order }));
      assert.equal(plan.egress?.deliveryOrder, order === 'key' ? DeliveryOrder.KEY : DeliveryOrder.ORDERED);
      assert.equal(triggerConditionsOf(plan)['SubscriberResolved']?.endsWith(`: ${order.toUpperCase()}`), true);
    });
  }

  test('control-plane 24.4 T6, as 26 no. 3 wants it: its delivery replaces the Broker’s, nothing is merged', () => {
    const owner = broker({ delivery: { deadLetterSink: serviceRef, retry: 5 } }, ofClass);
    const config = planned(trigger({ delivery: { timeout: 'PT1S' } }), owner).egress?.egressConfig;
    assert.equal(config?.deadLetter, '');
    assert.equal(config.retry, 0);
    assert.equal(config.timeout, 1_000n);
  });

  test('control-plane 24.4 T10, as 26 no. 1 wants it: without its Broker it says so', () => {
    const plan = planTrigger(trigger(), viewOf(), undefined, options());
    assert.equal(plan?.egress, undefined);
    assert.deepEqual(
      plan?.failures.map(({ type, reason }) => [type, reason]),
      [['BrokerReady', 'BrokerDoesNotExist']],
    );
  });

  test('control-plane 24.4 T11: a Broker that is not Ready passes its words on', () => {
    const condition = { type: 'Ready', status: 'Unknown' as const, reason: 'R', message: 'm', lastTransitionTime: '' };
    const texts = triggerConditionsOf(planned(trigger()), { brokerReady: { condition, waiting: true } });
    assert.equal(texts['BrokerReady'], 'Unknown | R | m');
  });

  test('control-plane 24.4 T12, T14: a Broker on its way out takes the egress along', () => {
    const owner = broker({}, ofClass);
    const going = { ...owner, metadata: { ...owner.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    const plan = planned(trigger(), going);
    assert.equal(plan.egress, undefined);
    assert.equal(plan.broker, undefined);
    assert.equal(
      triggerConditionsOf(plan)['BrokerReady'],
      'False | BrokerDeleted | Broker "test-broker" is being deleted',
    );
  });

  test('control-plane 24.4 T19: a Broker of another class is none of ours', () => {
    const theirs = broker({}, { 'eventing.knative.dev/broker.class': 'other' });
    assert.equal(planTrigger(trigger(), viewOf(theirs), undefined, options()), undefined);
  });

  test('control-plane 24.4 T20: with OIDC its account is made, named in the egress and in the status', () => {
    const account = 'test-trigger-oidc-eventing.knative.dev-trigger';
    const plan = planned(trigger(), broker({}, ofClass), oidcOn);
    assert.equal(plan.identity.apply?.metadata.name, account);
    assert.equal(plan.egress?.oidcServiceAccountName, account);
    assert.deepEqual(plan.status.auth, { serviceAccountName: account });
    assert.equal(triggerConditionsOf(plan)['OIDCIdentityCreated'], 'Unknown', 'until it is there');
    const found: ServiceAccount = {
      kind: 'ServiceAccount',
      metadata: metadata('test-namespace', account, { controllerUid: 'uid of test-trigger' }),
    };
    const done = planned(trigger(), broker({}, ofClass), oidcOn, found);
    assert.equal(triggerConditionsOf(done)['OIDCIdentityCreated'], 'True');
    const failed = triggerConditionsOf(plan, { identity: { kind: 'failed', message: 'forbidden' } });
    assert.match(failed['OIDCIdentityCreated'] ?? '', /^False \| Unable to resolve service account .* \| forbidden$/);
  });

  test('nothing is sent in the name of an account that is somebody else’s', () => {
    const name = 'test-trigger-oidc-eventing.knative.dev-trigger';
    const theirs: ServiceAccount = { kind: 'ServiceAccount', metadata: metadata('test-namespace', name) };
    const plan = planned(trigger(), broker({}, ofClass), oidcOn, theirs);
    assert.equal(plan.egress, undefined);
    assert.equal(plan.status.auth, undefined);
    assert.match(triggerConditionsOf(plan)['OIDCIdentityCreated'] ?? '', /not owned by Trigger test-trigger$/);
  });

  test('control-plane 24.4 T22: subscriber and dead letter sink by URL, each with its certificates', () => {
    const delivery = {
      deadLetterSink: { uri: 'https://dls.example', CACerts: 'PEM of the sink' },
      retry: 3,
      backoffPolicy: 'exponential',
      backoffDelay: 'PT1S',
      timeout: 'PT2S',
    };
    const subscriber = { uri: 'https://subscriber.example', CACerts: 'PEM of the subscriber' };
    const { egress } = planned(trigger({ subscriber, delivery }));
    assert.equal(egress?.destination, 'https://subscriber.example');
    assert.equal(egress.destinationCaCerts, 'PEM of the subscriber');
    assert.equal(egress.egressConfig?.deadLetterCaCerts, 'PEM of the sink');
    assert.equal(egress.egressConfig.backoffDelay, 1_000n);
  });
});
