import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BackoffPolicy, ContentMode } from '@eventing-kafka/contract';
import type { EgressConfig } from '@eventing-kafka/contract';
import { planBroker } from '../planning/broker-plan.ts';
import { parseBrokerConfig } from '../planning/broker-config.ts';
import { parseNameTemplate } from '../features/name-template.ts';
import type { Broker, DeliverySpec } from '../objects/resource-types.ts';

import {
  address,
  topicName,
  serviceUrl,
  serviceRef,
  secret,
  configMap,
  broker,
  viewOf,
  options,
  planOf,
  conditionsOf,
  allTrue,
  configOf,
} from '../../testing/world.ts';

describe('control-plane 24.1 Broker', () => {
  test('control-plane 24.1 B1: topic with 20 partitions and replication factor 5, a resource, an address, and all conditions True', () => {
    const plan = planOf(broker());
    assert.deepEqual(plan.topic, {
      bootstrapServers: 'kafka-1:9092,kafka-2:9093',
      name: topicName,
      ownership: 'managed',
      partitions: 20,
      replicationFactor: 5,
      config: {},
    });
    assert.deepEqual(plan.resource?.topics, [topicName]);
    assert.equal(plan.resource.uid, 'uid of test-broker');
    assert.equal(plan.resource.bootstrapServers, 'kafka-1:9092,kafka-2:9093');
    assert.equal(plan.resource.ingress?.path, '/test-namespace/test-broker');
    assert.equal(plan.resource.ingress.contentMode, ContentMode.BINARY);
    assert.equal(plan.resource.egressConfig, undefined);
    assert.deepEqual(plan.address, { name: 'http', url: address });
    assert.deepEqual(plan.status.annotations, {
      ...configMap.data,
      'eventing.knative.dev/topic.owner': 'broker-controller',
    });
    assert.deepEqual(conditionsOf(plan), allTrue);
  });

  test('control-plane 24.1 B2: an external topic is used and not made, and TopicReady says created all the same', () => {
    const plan = planOf(broker({}, { 'kafka.eventing.knative.dev/external.topic': 'test-topic' }));
    assert.equal(plan.topic?.ownership, 'external');
    assert.deepEqual(plan.resource?.topics, ['test-topic']);
    assert.equal(conditionsOf(plan)['TopicReady'], 'True | Topic test-topic created');
  });

  test('control-plane 24.1 B3: an external topic that is not there', () => {
    const plan = planOf(broker({}, { 'kafka.eventing.knative.dev/external.topic': 'my-not-present-topic' }));
    const message = 'invalid topic my-not-present-topic: validation failed: no partitions';
    const conditions = conditionsOf(plan, { topic: { kind: 'failed', step: 'check', message } });
    assert.equal(
      conditions['TopicReady'],
      `False | Topic is not present or invalid | topics [my-not-present-topic]: ${message}`,
    );
  });

  test('control-plane 24.1 B4: a receiver that has not acknowledged keeps the Broker from being Ready, and without an address', () => {
    const conditions = conditionsOf(planOf(broker()), { serving: { kind: 'pending', nodeIds: ['receiver-1'] } });
    assert.match(conditions['ProbeSucceeded'] ?? '', /^False \| ProbeStatus \| status: NotReady - .*receiver-1/);
    assert.equal(conditions['Addressable'], 'Unknown');
    assert.equal(conditions['ConfigMapUpdated'], allTrue.ConfigMapUpdated);
  });

  test('control-plane 24.1 B6: the dead letter sink is resolved into the contract and the status', () => {
    const plan = planOf(broker({ delivery: { deadLetterSink: serviceRef } }));
    assert.equal(plan.resource?.egressConfig?.deadLetter, serviceUrl);
    assert.equal(plan.status.deadLetterSinkUri, serviceUrl);
    assert.deepEqual(conditionsOf(plan), allTrue);
  });

  test('control-plane 24.1 B8: a topic that cannot be made', () => {
    const plan = planOf(broker());
    const conditions = conditionsOf(plan, {
      topic: { kind: 'failed', step: 'create', message: 'failed to create topic' },
    });
    assert.equal(conditions['TopicReady'], `False | Failed to create topic: ${topicName} | failed to create topic`);
    assert.equal(conditions['ConfigParsed'], 'True');
  });

  test('control-plane 24.1 B9: a cluster that cannot be asked', () => {
    const conditions = conditionsOf(planOf(broker()), {
      topic: { kind: 'failed', step: 'connect', message: 'failed to get cluster admin' },
    });
    assert.equal(
      conditions['TopicReady'],
      'False | Failed to obtain Kafka cluster admin | failed to get cluster admin',
    );
  });

  test('control-plane 24.1 B16: a dead letter sink that names nothing: the topic is there, the contract is left alone', () => {
    const plan = planOf(broker({ delivery: { deadLetterSink: {} } }));
    assert.equal(plan.resource, undefined);
    assert.ok(plan.topic);
    const conditions = conditionsOf(plan);
    assert.equal(
      conditions['ConfigParsed'],
      'False | failed to resolve Spec.Delivery.DeadLetterSink: destination missing Ref and URI, expected at least one',
    );
    assert.equal(conditions['TopicReady'], allTrue.TopicReady);
  });

  test('control-plane 24.1 B17: a ConfigMap without servers: no topic is made', () => {
    const { 'bootstrap.servers': _servers, ...data } = configMap.data;
    const plan = planOf(broker(), [{ ...configMap, data }]);
    assert.equal(plan.topic, undefined);
    const condition = conditionsOf(plan)['ConfigParsed'] ?? '';
    assert.ok(
      condition.includes('invalid configuration - numPartitions: 20 - replicationFactor: 5 - bootstrapServers: []'),
      condition,
    );
    assert.equal(
      condition.includes('ConfigMap data'),
      false,
      'the content of a ConfigMap does not belong into a condition',
    );
  });

  test('control-plane 24.1 B19: the Secret that the ConfigMap names goes into the contract by reference and version', () => {
    const withSecret = { ...configMap, data: { ...configMap.data, 'auth.secret.ref.name': 'secret-1' } };
    const plan = planOf(broker(), [withSecret, secret('test-namespace-config-map', 'secret-1')]);
    assert.deepEqual(plan.resource?.auth, {
      $case: 'authSecret',
      value: {
        uuid: 'uid of secret-1',
        namespace: 'test-namespace-config-map',
        name: 'secret-1',
        version: '1234',
        kind: '',
        groupVersion: '',
      },
    });
    assert.equal(plan.status.annotations['auth.secret.ref.name'], 'secret-1');
    const missing = planOf(broker(), [withSecret]);
    assert.match(
      conditionsOf(missing)['TopicReady'] ?? '',
      /^False \| Failed to get broker auth secret \| .*secrets "secret-1" not found/,
    );
    assert.equal(missing.topic, undefined);
  });

  test('control-plane 24.1 B20: a ConfigMap that is not there, and was never read', () => {
    const plan = planOf(broker(), []);
    assert.equal(
      conditionsOf(plan)['ConfigParsed'],
      'False | unable to rebuild topic config, failed to get configmap test-namespace-config-map/test-config-cm',
    );
  });

  test('control-plane 24.1 B20: a ConfigMap that is gone is had again from what was once read of it', () => {
    const annotations = { ...configMap.data, 'default.topic': 'an-older-name' };
    const plan = planBroker(broker(), viewOf(), { annotations }, options());
    assert.equal(plan.topic?.partitions, 20);
    assert.equal(plan.topic.name, 'an-older-name', 'a topic name once used stays');
  });

  test('control-plane 24.1 B21: a configuration of another kind', () => {
    const plan = planOf(broker({ config: { kind: 'Pod', name: 'a' } }));
    assert.equal(conditionsOf(plan)['ConfigParsed'], 'False | supported config Kind: ConfigMap - got Pod');
  });

  test('control-plane 24.1 B23: no receiver is connected', () => {
    const conditions = conditionsOf(planOf(broker()), { serving: { kind: 'no-process' } });
    assert.equal(
      conditions['DataPlaneAvailable'],
      'False | Data plane not available | Did you install the data plane for this component?',
    );
    assert.equal(conditions['ProbeSucceeded'], 'Unknown');
    assert.equal(conditions['Addressable'], 'Unknown');
  });

  const dls = { deadLetterSink: serviceRef };
  const none = {
    deadLetter: serviceUrl,
    retry: 0,
    backoffPolicy: BackoffPolicy.Exponential,
    backoffDelay: 0n,
    timeout: 0n,
  };
  const deliveries: readonly (readonly [string, DeliverySpec, Partial<EgressConfig> | undefined])[] = [
    [
      'control-plane 24.1 B24: retries, policy, delay and dead letter sink',
      { ...dls, retry: 10, backoffPolicy: 'exponential', backoffDelay: 'PT2S' },
      { ...none, retry: 10, backoffDelay: 2_000n },
    ],
    [
      'control-plane 24.1 B26: delay and policy do not count without retries',
      { ...dls, backoffPolicy: 'linear', backoffDelay: 'PT2S' },
      none,
    ],
    ['nothing that counts is no configuration', { backoffPolicy: 'linear', backoffDelay: 'PT2S' }, undefined],
    [
      'retries without a delay wait for the default',
      { retry: 1 },
      { ...none, deadLetter: '', retry: 1, backoffDelay: 200n },
    ],
    [
      'retries of 0 are retries',
      { retry: 0, backoffPolicy: 'linear' },
      { ...none, deadLetter: '', backoffPolicy: BackoffPolicy.Linear, backoffDelay: 200n },
    ],
    ['a timeout alone', { timeout: 'PT0.25S' }, { ...none, deadLetter: '', timeout: 250n }],
  ];
  for (const [name, delivery, expected] of deliveries) {
    test(name, () => assert.deepEqual(configOf(planOf(broker({ delivery })).resource?.egressConfig), expected));
  }

  test('control-plane 24.1 B30: the topic is named by the template', () => {
    const brokerTopicName = parseNameTemplate('custom-broker-template.{{ .Namespace }}-{{ .Name }}');
    assert.ok(brokerTopicName);
    const plan = planOf(broker(), [configMap], { brokerTopicName });
    assert.equal(plan.topic?.name, 'custom-broker-template.test-namespace-test-broker');
    assert.deepEqual(plan.resource?.topics, ['custom-broker-template.test-namespace-test-broker']);
  });

  test('a receiver that refuses is named with its reason, and an address once given stays', () => {
    const refusals = [{ nodeId: 'receiver-2', reason: 'SecretInvalid', message: 'no protocol' }];
    const conditions = conditionsOf(planOf(broker()), { serving: { kind: 'refused', refusals }, hasAddress: true });
    assert.equal(conditions['ProbeSucceeded'], 'False | SecretInvalid | receiver-2: no protocol');
    assert.equal(conditions['Addressable'], 'True');
  });

  test('control-plane 26 no. 13: a Broker without spec.config takes the default configuration, or says that there is none', () => {
    const bare: Broker = { ...broker(), spec: {} };
    const defaultBrokerConfig = { bootstrapServers: 'localhost:9092', partitions: 3, replicationFactor: 1 };
    assert.equal(planOf(bare, [], { defaultBrokerConfig }).topic?.partitions, 3);
    assert.match(conditionsOf(planOf(bare, []))['ConfigParsed'] ?? '', /^False \| spec.config is missing/);
  });
});

describe('control-plane 24.9 topic configuration', () => {
  const full = {
    'default.topic.partitions': '20',
    'default.topic.replication.factor': '5',
    'bootstrap.servers': ' a:1, ,b:2 ',
  };
  test('a full ConfigMap, with topic configuration', () => {
    const parsed = parseBrokerConfig({ ...full, 'default.topic.config.retention.ms': '1000', other: 'x' }, 'ns', 'cm');
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.value.bootstrapServers, ['a:1', 'b:2']);
    assert.deepEqual(parsed.value.topicConfig, { 'retention.ms': '1000' });
  });
  const broken: readonly (readonly [string, Record<string, string>])[] = [
    ['no partitions', { 'default.topic.partitions': '' }],
    ['a replication factor of 0', { 'default.topic.replication.factor': '0' }],
    ['a replication factor beyond 16 bits', { 'default.topic.replication.factor': '32768' }],
    ['no servers', { 'bootstrap.servers': ' , ' }],
    ['text for a number', { 'default.topic.partitions': 'ten' }],
    ['a number with a fraction', { 'default.topic.partitions': '1.5' }],
  ];
  for (const [name, change] of broken) {
    test(`${name} is an error`, () => assert.equal(parseBrokerConfig({ ...full, ...change }, 'ns', 'cm').ok, false));
  }
});
