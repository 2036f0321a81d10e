import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ContentMode } from '@eventing-kafka/contract';
import { conditionsOf, coreFeatures, onCluster, options, policy, secret, sink, viewOf } from '../../testing/world.ts';
import type { DeliverySpec, KafkaSink, ManifestResource } from '../objects/resource-types.ts';
import { egressConfigOf } from '../planning/egress-config.ts';
import type { IngressPlan } from '../planning/ingress-plan.ts';
import { planKafkaSink } from '../planning/sink-plan.ts';

const topicName = 'knative-sink-sink-namespace-sink-name';
const sinkAddress = 'http://kafka-sink-ingress.knative-eventing.svc.cluster.local/sink-namespace/sink-name';

describe('control-plane 24.8 KafkaSink', () => {
  function planSink(object: KafkaSink, ...objects: readonly ManifestResource[]): IngressPlan {
    return planKafkaSink(object, viewOf(...objects), options(onCluster));
  }
  const managed = { numPartitions: 10, replicationFactor: 3 };

  test('control-plane 24.8 S1: with partitions and replication factor the topic is made, and all conditions are True', () => {
    const plan = planSink(sink(managed));
    assert.equal(plan.topic?.ownership, 'managed');
    assert.equal(plan.topic.partitions, 10);
    assert.equal(plan.topic.replicationFactor, 3);
    assert.equal(plan.resource?.uid, 'uid of sink-name');
    assert.deepEqual(plan.resource.topics, [topicName]);
    assert.equal(plan.resource.bootstrapServers, 'kafka-1:9092');
    assert.equal(plan.resource.ingress?.path, '/sink-namespace/sink-name');
    assert.equal(plan.resource.ingress.contentMode, ContentMode.BINARY);
    assert.equal(plan.resource.reference?.kind, 'KafkaSink');
    assert.deepEqual(plan.address, { name: 'http', url: sinkAddress });
    assert.deepEqual(conditionsOf(plan), {
      DataPlaneAvailable: 'True',
      ConfigParsed: 'True',
      TopicReady: `True | Topic ${topicName} (owner kafkasink-controller)`,
      ConfigMapUpdated: 'True | Contract updated',
      EventPoliciesReady:
        'True | OIDCDisabled | Feature "authentication-oidc" must be enabled to support Authorization',
      ProbeSucceeded: 'True',
      Addressable: 'True',
    });
  });

  test('control-plane 24.8 S3: the Secret goes into the contract by reference and version', () => {
    const plan = planSink(sink({ auth: { secret: { ref: { name: 'a' } } } }), secret('sink-namespace', 'a'));
    assert.equal(plan.resource?.auth?.$case, 'authSecret');
    assert.equal(plan.resource.auth.value.version, '1234');
    assert.deepEqual(plan.topic?.secret, { kind: 'Secret', namespace: 'sink-namespace', name: 'a' });
  });

  test('control-plane 24.8 S4: without them the topic is somebody else’s', () => {
    const plan = planSink(sink());
    assert.equal(plan.topic?.ownership, 'external');
    assert.equal(plan.status.annotations['eventing.knative.dev/topic.owner'], 'external');
    assert.equal(conditionsOf(plan)['TopicReady'], `True | Topic ${topicName} (owner external)`);
  });

  test('control-plane 24.8 S5: an external topic that cannot be described', () => {
    const message = `failed to describe topics [${topicName}]: EOF`;
    const plan = planSink(sink());
    const conditions = conditionsOf(plan, { topic: { kind: 'failed', step: 'check', message } });
    assert.equal(
      conditions['TopicReady'],
      `False | Topic is not present or invalid | topics [${topicName}]: ${message}`,
    );
    assert.equal(plan.status.annotations['eventing.knative.dev/topic.owner'], 'external');
  });

  test('control-plane 24.8 S6: topic, servers and content mode as written', () => {
    const plan = planSink(sink({ topic: 'mine', bootstrapServers: ['a:1', 'b:2'], contentMode: 'structured' }));
    assert.deepEqual(plan.resource?.topics, ['mine']);
    assert.equal(plan.resource.bootstrapServers, 'a:1,b:2');
    assert.equal(plan.resource.ingress?.contentMode, ContentMode.STRUCTURED);
  });

  test('control-plane 24.8 S7: a topic that cannot be made', () => {
    const conditions = conditionsOf(planSink(sink(managed)), {
      topic: { kind: 'failed', step: 'create', message: 'no' },
    });
    assert.equal(conditions['TopicReady'], `False | Failed to create topic: ${topicName} | no`);
  });

  test('control-plane 24.8 S13: no receiver is there', () => {
    const conditions = conditionsOf(planSink(sink()), { serving: { kind: 'no-process' } });
    assert.equal(
      conditions['DataPlaneAvailable'],
      'False | Data plane not available | Did you install the data plane for this component?',
    );
  });

  test('control-plane 24.8 S16: a receiver that has not acknowledged', () => {
    const conditions = conditionsOf(planSink(sink()), { serving: { kind: 'pending', nodeIds: ['receiver-1'] } });
    assert.match(conditions['ProbeSucceeded'] ?? '', /^False \| ProbeStatus \| status: NotReady - .*receiver-1/);
    assert.equal(conditions['Addressable'], 'Unknown');
  });

  test('control-plane 24.8 S18: permissive has both addresses, https first', () => {
    const plan = planSink(
      sink(),
      coreFeatures({ 'transport-encryption': 'permissive' }),
      secret('knative-eventing', 'kafka-sink-ingress-server-tls', 'PEM'),
    );
    assert.deepEqual(plan.address, { name: 'http', url: sinkAddress });
    assert.deepEqual(plan.addresses, [
      { name: 'https', url: sinkAddress.replace('http:', 'https:'), CACerts: 'PEM' },
      { name: 'http', url: sinkAddress },
    ]);
  });

  test('control-plane 24.8 S20: with OIDC and Deny-All it has an audience, and nobody may send', () => {
    const features = coreFeatures({ 'authentication-oidc': 'enabled', 'default-authorization-mode': 'Deny-All' });
    const plan = planSink(sink(), features);
    assert.equal(plan.resource?.ingress?.audience, 'eventing.knative.dev/kafkasink/sink-namespace/sink-name');
    assert.deepEqual(plan.resource.ingress.eventPolicies, []);
    assert.equal(plan.address.audience, plan.resource.ingress.audience);
  });

  test('control-plane 24.8 S21: a Ready policy admits whom it names', () => {
    const to = [{ ref: { apiVersion: 'eventing.knative.dev/v1alpha1', kind: 'KafkaSink', name: 'sink-name' } }];
    const applies = policy('p', { to });
    const plan = planSink(sink(), coreFeatures({ 'authentication-oidc': 'enabled' }), {
      ...applies,
      metadata: { ...applies.metadata, namespace: 'sink-namespace' },
    });
    assert.deepEqual(plan.resource?.ingress?.eventPolicies[0]?.tokenMatchers, [
      { matcher: { $case: 'exact', value: { attributes: { sub: 'sub' } } } },
    ]);
    assert.deepEqual(plan.status.policies, [{ apiVersion: 'eventing.knative.dev/v1alpha1', name: 'p' }]);
  });

  test('control-plane 26 no. 9: a Secret that is missing shows in TopicReady', () => {
    const plan = planSink(sink({ auth: { secret: { ref: { name: 'none' } } } }));
    assert.match(conditionsOf(plan)['TopicReady'] ?? '', /secrets "none" not found/);
    assert.equal(plan.topic, undefined);
  });

  test('a topic name that Kafka does not take is told without asking it', () => {
    const plan = planSink(sink({ topic: 'a/b' }));
    assert.match(conditionsOf(plan)['TopicReady'] ?? '', /^False \| InvalidTopicName \| "a\/b" cannot name a topic/);
    assert.equal(plan.topic, undefined);
  });

  test('a sink that cannot be taken says why, and keeps whose its topic is', () => {
    const problem = { severity: 'error', path: ['spec', 'topic'], message: 'is empty', expected: 'a name' } as const;
    const annotations = { 'eventing.knative.dev/topic.owner': 'kafkasink-controller' };
    const plan = planKafkaSink({ ...sink(), invalid: [problem] }, viewOf(), options(), { annotations });
    assert.equal(conditionsOf(plan)['ConfigParsed'], 'False | InvalidSpec | spec.topic is empty (expected a name)');
    assert.deepEqual(plan.status.annotations, annotations);
    assert.equal(plan.resource, undefined);
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
