import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deliveryPlan } from './endpoints.ts';
import type { PlannedEgressConfigLike, PlannedEgressLike } from './endpoints.ts';

const egress: PlannedEgressLike = {
  destination: 'http://s/',
  destinationCaCerts: 'S-CA',
  destinationAudience: 's',
  replyUrlCaCerts: 'R-CA',
  replyUrlAudience: 'r',
  replyStrategy: undefined,
  egressConfig: undefined,
};
const config: PlannedEgressConfigLike = {
  deadLetter: 'http://d/',
  deadLetterCaCerts: 'D-CA',
  deadLetterAudience: 'd',
  retry: 2,
  backoffPolicy: 1,
  backoffDelay: 100n,
  timeout: 1000n,
  retryAfterMax: 0n,
  format: '',
};

describe('delivery plan', () => {
  test('without settings: the subscriber alone, one attempt, binary mode, replies to the topic', () => {
    const plan = deliveryPlan(egress, undefined);
    assert.deepEqual(plan.subscriber, { url: 'http://s/', caPem: 'S-CA', audience: 's' });
    assert.equal(plan.deadLetter, undefined);
    assert.equal(plan.policy.retry.retries, 0);
    assert.equal(plan.contentMode, 'binary');
    assert.deepEqual(plan.reply, { kind: 'topic' });
  });

  test("dispatcher 21 D13 the resource's settings count for an egress without its own", () => {
    const plan = deliveryPlan(egress, config);
    assert.deepEqual(plan.deadLetter, { url: 'http://d/', caPem: 'D-CA', audience: 'd' });
    assert.equal(plan.policy.retry.retries, 2);
  });

  test("dispatcher 21 D13 an egress's own settings are taken whole: without a dead letter sink there is none", () => {
    const plan = deliveryPlan({ ...egress, egressConfig: { ...config, deadLetter: '', retry: 0 } }, config);
    assert.equal(plan.deadLetter, undefined);
    assert.equal(plan.policy.retry.retries, 0);
  });

  test('reply strategies', () => {
    const reply = (replyStrategy: PlannedEgressLike['replyStrategy']): unknown =>
      deliveryPlan({ ...egress, replyStrategy }, undefined).reply;
    assert.deepEqual(reply({ $case: 'replyToOriginalTopic', value: {} }), { kind: 'topic' });
    assert.deepEqual(reply({ $case: 'discardReply', value: {} }), { kind: 'discard' });
    assert.deepEqual(reply({ $case: 'replyUrl', value: 'http://r/' }), {
      kind: 'endpoint',
      endpoint: { url: 'http://r/', caPem: 'R-CA', audience: 'r' },
    });
  });

  test('T format json is structured mode', () => {
    assert.equal(deliveryPlan(egress, { ...config, format: 'json' }).contentMode, 'structured');
    assert.equal(deliveryPlan(egress, { ...config, format: 'binary' }).contentMode, 'binary');
  });
});
