import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ContentMode } from '@eventing-kafka/contract';
import { egressConfigOf } from '../planning/egress-config.ts';
import type { IngressPlan } from '../planning/ingress-plan.ts';
import type { DeliverySpec, KafkaSink } from '../objects/resource-types.ts';
import { planKafkaSink } from '../planning/sink-plan.ts';

import { sink, viewOf, options, conditionsOf } from '../../testing/world.ts';

describe('control-plane 24.8 KafkaSink', () => {
  function planSink(object: KafkaSink): IngressPlan {
    return planKafkaSink(object, viewOf(), options());
  }

  test('S1: with partitions and replication factor the topic is made', () => {
    const plan = planSink(sink({ numPartitions: 10, replicationFactor: 3 }));
    assert.equal(plan.topic?.ownership, 'managed');
    assert.equal(plan.topic.partitions, 10);
    assert.equal(plan.resource?.ingress?.path, '/sink-namespace/sink-name');
    assert.equal(
      conditionsOf(plan)['TopicReady'],
      'True | Topic knative-sink-sink-namespace-sink-name (owner kafkasink-controller)',
    );
  });

  test('S4: without them the topic is somebody else’s', () => {
    const plan = planSink(sink());
    assert.equal(plan.topic?.ownership, 'external');
    assert.equal(plan.status.annotations['eventing.knative.dev/topic.owner'], 'external');
    assert.equal(
      conditionsOf(plan)['TopicReady'],
      'True | Topic knative-sink-sink-namespace-sink-name (owner external)',
    );
  });

  test('S5: an external topic that cannot be described', () => {
    const conditions = conditionsOf(planSink(sink()), { topic: { kind: 'failed', step: 'check', message: 'EOF' } });
    assert.match(conditions['TopicReady'] ?? '', /^False \| Topic is not present or invalid \| .*EOF$/);
  });

  test('S6: topic, servers and content mode as written', () => {
    const plan = planSink(sink({ topic: 'mine', bootstrapServers: ['a:1', 'b:2'], contentMode: 'structured' }));
    assert.deepEqual(plan.resource?.topics, ['mine']);
    assert.equal(plan.resource.bootstrapServers, 'a:1,b:2');
    assert.equal(plan.resource.ingress?.contentMode, ContentMode.STRUCTURED);
  });

  test('26 no. 9: a Secret that is missing shows in TopicReady', () => {
    const plan = planSink(sink({ auth: { secret: { ref: { name: 'none' } } } }));
    assert.match(conditionsOf(plan)['TopicReady'] ?? '', /secrets "none" not found/);
    assert.equal(plan.topic, undefined);
  });
});

describe('control-plane 24.9 durations and policy in a delivery', () => {
  const context = { namespace: 'ns', view: viewOf(), options: options() };
  const broken: readonly (readonly [DeliverySpec, RegExp])[] = [
    [{ retry: 1, backoffDelay: 'x' }, /^failed to parse Spec\.Delivery\.BackoffDelay: "x"/],
    [{ retry: 1, backoffDelay: '-PT1S' }, /BackoffDelay: "-PT1S"/],
    [{ timeout: '2s' }, /^failed to parse Spec\.Delivery\.Timeout: "2s"/],
    [{ timeout: 'PT0S' }, /more than zero/],
    [{ retryAfterMax: 'soon' }, /RetryAfterMax/],
  ];
  for (const [delivery, message] of broken) {
    test(`${JSON.stringify(delivery)} is refused`, () => {
      const result = egressConfigOf(delivery, context);
      assert.ok(!result.ok);
      assert.match(result.error, message);
    });
  }
});
