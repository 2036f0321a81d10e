import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BackoffPolicy, ContentMode, DeliveryOrder } from '@eventing-kafka/contract';
import type { Egress, EgressConfig } from '@eventing-kafka/contract';
import { planBroker } from './broker-plan.ts';
import { parseBrokerConfig } from './broker-config.ts';
import type { ConditionMark } from './conditions.ts';
import { egressConfigOf } from './egress-config.ts';
import { ingressConditions } from './ingress-conditions.ts';
import type { IngressObservation } from './ingress-conditions.ts';
import type { IngressPlan } from './ingress-plan.ts';
import { parseNameTemplate } from './name-template.ts';
import { planningOptions } from './planning-options.ts';
import type { PlanningOptions } from './planning-options.ts';
import { keyText } from './resource-key.ts';
import type { ResourceView } from './resource-source.ts';
import { keyOf } from './resource-types.ts';
import type {
  Broker,
  ConfigMap,
  DeliverySpec,
  KafkaSink,
  ManifestResource,
  ObjectMetadata,
  Trigger,
} from './resource-types.ts';
import { planKafkaSink } from './sink-plan.ts';
import { triggerConditions } from './trigger-conditions.ts';
import type { TriggerObservation } from './trigger-conditions.ts';
import { planTrigger } from './trigger-plan.ts';
import type { TriggerPlan } from './trigger-plan.ts';

const ingressBaseUrl = 'http://kafka-broker-ingress.knative-eventing.svc.cluster.local';
const address = `${ingressBaseUrl}/test-namespace/test-broker`;
const topicName = 'knative-broker-test-namespace-test-broker';
const serviceUrl = 'http://test-service.test-service-namespace.svc.cluster.local';
const serviceRef = {
  ref: { apiVersion: 'v1', kind: 'Service', namespace: 'test-service-namespace', name: 'test-service' },
};

function metadata(namespace: string, name: string, more: Partial<ObjectMetadata> = {}): ObjectMetadata {
  return {
    namespace,
    name,
    uid: `uid of ${name}`,
    generation: 1,
    resourceVersion: '1234',
    labels: {},
    annotations: {},
    ...more,
  };
}

const configMap: ConfigMap = {
  kind: 'ConfigMap',
  metadata: metadata('test-namespace-config-map', 'test-config-cm'),
  data: {
    'default.topic.partitions': '20',
    'default.topic.replication.factor': '5',
    'bootstrap.servers': 'kafka-1:9092,kafka-2:9093',
  },
};
const configRef = { kind: 'ConfigMap', namespace: 'test-namespace-config-map', name: 'test-config-cm' };

function broker(spec: Partial<Broker['spec']> = {}, annotations: Record<string, string> = {}): Broker {
  return {
    kind: 'Broker',
    metadata: metadata('test-namespace', 'test-broker', { annotations }),
    spec: { config: configRef, ...spec },
  };
}

function trigger(spec: Partial<Trigger['spec']> = {}, annotations: Record<string, string> = {}): Trigger {
  return {
    kind: 'Trigger',
    metadata: metadata('test-namespace', 'test-trigger', { annotations }),
    spec: { broker: 'test-broker', subscriber: serviceRef, ...spec },
  };
}

function sink(spec: Partial<KafkaSink['spec']> = {}): KafkaSink {
  return {
    kind: 'KafkaSink',
    metadata: metadata('sink-namespace', 'sink-name'),
    spec: {
      topic: 'knative-sink-sink-namespace-sink-name',
      bootstrapServers: ['kafka-1:9092'],
      contentMode: 'binary',
      ...spec,
    },
  };
}

function viewOf(...objects: readonly ManifestResource[]): ResourceView {
  const byKey = new Map(objects.map((object) => [keyText(keyOf(object)), object]));
  return { get: (kind, namespace, name) => byKey.get(keyText({ kind, namespace, name })) as never };
}

function options(more: Partial<PlanningOptions> = {}): PlanningOptions {
  return planningOptions({ ingressBaseUrl, ...more });
}

function planOf(
  object: Broker,
  objects: readonly ManifestResource[] = [configMap],
  more: Partial<PlanningOptions> = {},
): IngressPlan {
  return planBroker(object, viewOf(...objects), undefined, options(more));
}

function planTriggerOf(object: Trigger, owner: Broker = broker()): TriggerPlan {
  const plan = planTrigger(object, viewOf(owner), undefined, options());
  assert.ok(plan);
  return plan;
}

/** Everything as it should be; rows say what is not. */
function conditionsOf(plan: IngressPlan, more: Partial<IngressObservation> = {}): Readonly<Record<string, string>> {
  return asTexts(
    ingressConditions({
      plan,
      topic: { kind: 'ready' },
      publish: { kind: 'published' },
      serving: { kind: 'serving', processes: 1 },
      hasAddress: false,
      ...more,
    }),
  );
}

function triggerConditionsOf(
  plan: TriggerPlan,
  more: Partial<TriggerObservation> = {},
): Readonly<Record<string, string>> {
  const condition = { type: 'Ready', status: 'True' as const, lastTransitionTime: '' };
  return asTexts(
    triggerConditions({
      plan,
      brokerReady: { condition, waiting: false },
      offsets: { kind: 'done' },
      publish: { kind: 'published' },
      serving: { kind: 'serving', processes: 1 },
      ...more,
    }),
  );
}

function asTexts(marks: readonly ConditionMark[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    marks.map(({ type, status, reason, message }) => [
      type,
      [status, reason, message].filter((part) => part !== undefined).join(' | '),
    ]),
  );
}

const allTrue = {
  DataPlaneAvailable: 'True',
  ConfigParsed: 'True',
  TopicReady: `True | Topic ${topicName} created`,
  ConfigMapUpdated: 'True | Contract updated',
  EventPoliciesReady: 'True | OIDCDisabled | Feature "authentication-oidc" must be enabled to support Authorization',
  ProbeSucceeded: 'True',
  Addressable: 'True',
};

/** Given part by part: what of a configuration is not its default. */
function configOf(config: EgressConfig | undefined): Partial<EgressConfig> | undefined {
  if (config === undefined) return undefined;
  const { deadLetter, retry, backoffPolicy, backoffDelay, timeout } = config;
  return { deadLetter, retry, backoffPolicy, backoffDelay, timeout };
}

describe('control-plane 24.1 Broker', () => {
  test('B1: topic with 20 partitions and replication factor 5, a resource, an address, and all conditions True', () => {
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
    assert.deepEqual(plan.status.annotations, configMap.data);
    assert.deepEqual(conditionsOf(plan), allTrue);
  });

  test('B2: an external topic is used and not made, and TopicReady says created all the same', () => {
    const plan = planOf(broker({}, { 'kafka.eventing.knative.dev/external.topic': 'test-topic' }));
    assert.equal(plan.topic?.ownership, 'external');
    assert.deepEqual(plan.resource?.topics, ['test-topic']);
    assert.equal(conditionsOf(plan)['TopicReady'], 'True | Topic test-topic created');
  });

  test('B3: an external topic that is not there', () => {
    const plan = planOf(broker({}, { 'kafka.eventing.knative.dev/external.topic': 'my-not-present-topic' }));
    const message = 'invalid topic my-not-present-topic: validation failed: no partitions';
    const conditions = conditionsOf(plan, { topic: { kind: 'failed', step: 'check', message } });
    assert.equal(
      conditions['TopicReady'],
      `False | Topic is not present or invalid | topics [my-not-present-topic]: ${message}`,
    );
  });

  test('B4: a receiver that has not acknowledged keeps the Broker from being Ready, and without an address', () => {
    const conditions = conditionsOf(planOf(broker()), { serving: { kind: 'pending', nodeIds: ['receiver-1'] } });
    assert.match(conditions['ProbeSucceeded'] ?? '', /^False \| ProbeStatus \| status: NotReady - .*receiver-1/);
    assert.equal(conditions['Addressable'], 'Unknown');
    assert.equal(conditions['ConfigMapUpdated'], allTrue.ConfigMapUpdated);
  });

  test('B6: the dead letter sink is resolved into the contract and the status', () => {
    const plan = planOf(broker({ delivery: { deadLetterSink: serviceRef } }));
    assert.equal(plan.resource?.egressConfig?.deadLetter, serviceUrl);
    assert.equal(plan.status.deadLetterSinkUri, serviceUrl);
    assert.deepEqual(conditionsOf(plan), allTrue);
  });

  test('B8: a topic that cannot be made', () => {
    const plan = planOf(broker());
    const conditions = conditionsOf(plan, {
      topic: { kind: 'failed', step: 'create', message: 'failed to create topic' },
    });
    assert.equal(conditions['TopicReady'], `False | Failed to create topic: ${topicName} | failed to create topic`);
    assert.equal(conditions['ConfigParsed'], 'True');
  });

  test('B9: a cluster that cannot be asked', () => {
    const conditions = conditionsOf(planOf(broker()), {
      topic: { kind: 'failed', step: 'connect', message: 'failed to get cluster admin' },
    });
    assert.equal(
      conditions['TopicReady'],
      'False | Failed to obtain Kafka cluster admin | failed to get cluster admin',
    );
  });

  test('B16: a dead letter sink that names nothing: the topic is there, the contract is left alone', () => {
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

  test('B17: a ConfigMap without servers: no topic is made', () => {
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

  test('B19: the Secret that the ConfigMap names goes into the contract by reference and version', () => {
    const withSecret = { ...configMap, data: { ...configMap.data, 'auth.secret.ref.name': 'secret-1' } };
    const secret = { kind: 'Secret' as const, metadata: metadata('test-namespace-config-map', 'secret-1') };
    const plan = planOf(broker(), [withSecret, secret]);
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

  test('B20: a ConfigMap that is not there, and was never read', () => {
    const plan = planOf(broker(), []);
    assert.equal(
      conditionsOf(plan)['ConfigParsed'],
      'False | unable to rebuild topic config, failed to get configmap test-namespace-config-map/test-config-cm',
    );
  });

  test('B20: a ConfigMap that is gone is had again from what was once read of it', () => {
    const annotations = { ...configMap.data, 'default.topic': 'an-older-name' };
    const plan = planBroker(broker(), viewOf(), { annotations }, options());
    assert.equal(plan.topic?.partitions, 20);
    assert.equal(plan.topic.name, 'an-older-name', 'a topic name once used stays');
  });

  test('B21: a configuration of another kind', () => {
    const plan = planOf(broker({ config: { kind: 'Pod', name: 'a' } }));
    assert.equal(conditionsOf(plan)['ConfigParsed'], 'False | supported config Kind: ConfigMap - got Pod');
  });

  test('B23: no receiver is connected', () => {
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
      'B24: retries, policy, delay and dead letter sink',
      { ...dls, retry: 10, backoffPolicy: 'exponential', backoffDelay: 'PT2S' },
      { ...none, retry: 10, backoffDelay: 2_000n },
    ],
    [
      'B26: delay and policy do not count without retries',
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

  test('B30: the topic is named by the template', () => {
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

  test('26 no. 13: a Broker without spec.config takes the default configuration, or says that there is none', () => {
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

describe('control-plane 24.5 Trigger', () => {
  const common = {
    BrokerReady: 'True',
    OIDCIdentityCreated: 'True | authentication-oidc feature disabled',
    SubscriberResolved: 'True',
    DeadLetterSinkResolved: 'True | DeadLetterSinkNotConfigured | No dead letter sink is configured.',
    SubscriptionReady: 'True',
    DependencyReady: 'True',
  };

  test('V1: a new Trigger: its group is named, all is resolved, and it waits for the dispatchers', () => {
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

  test("V2: without a delivery of its own the Broker's counts, with one only its own does", () => {
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
    test(`V3: delivery order ${text}`, () => {
      assert.equal(
        planTriggerOf(trigger({}, { 'kafka.eventing.knative.dev/delivery.order': text })).egress?.deliveryOrder,
        order,
      );
    });
  }

  test('V5: a delivery order that does not exist', () => {
    const plan = planTriggerOf(trigger({}, { 'kafka.eventing.knative.dev/delivery.order': 'invalid' }));
    assert.equal(plan.egress, undefined);
    assert.equal(
      triggerConditionsOf(plan)['DependencyReady'],
      'False | failed to reconcile consumer group | invalid annotation kafka.eventing.knative.dev/delivery.order value: invalid. Allowed values [ "ordered" | "unordered" | "key" ]',
    );
  });

  test('V6, V10: served by all dispatchers', () =>
    assert.deepEqual(triggerConditionsOf(planTriggerOf(trigger())), common));

  test('V13: its dead letter sink is in its status', () => {
    const plan = planTriggerOf(
      trigger({ delivery: { deadLetterSink: { uri: 'https://dls.example', CACerts: 'PEM', audience: 'aud' } } }),
    );
    assert.equal(plan.status.deadLetterSinkUri, 'https://dls.example');
    assert.equal(plan.status.deadLetterSinkCACerts, 'PEM');
    assert.equal(plan.status.deadLetterSinkAudience, 'aud');
    assert.equal(triggerConditionsOf(plan)['DeadLetterSinkResolved'], 'True');
  });

  test('V14 and 26 no. 1: without its Broker a Trigger is not Ready and says so', () => {
    const plan = planTrigger(trigger(), viewOf(), undefined, options());
    assert.ok(plan);
    const conditions = triggerConditionsOf(plan);
    assert.equal(conditions['BrokerReady'], 'False | BrokerDoesNotExist | Broker "test-broker" does not exist');
    assert.equal(conditions['DependencyReady'], 'Unknown');
    assert.equal(conditions['SubscriberResolved'], 'Unknown');
  });

  test("V15: its Broker's condition is its own", () => {
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

  test('V17: a Trigger of a Broker of another class is left alone', () => {
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

  test('a filter that does not parse is named by its place in the Trigger', () => {
    const plan = planTriggerOf(trigger({ filters: [{ exact: { type: 'a' } }, { not: { cesql: 'type =' } }] }));
    assert.equal(plan.egress, undefined);
    assert.match(
      triggerConditionsOf(plan)['SubscriptionReady'] ?? '',
      /^False \| InvalidFilter \| spec\.filters\[1\]\.not\.cesql: /,
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
