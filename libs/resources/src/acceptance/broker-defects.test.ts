/** Where upstream falls short (control-plane 26): what is said of a Broker is true, and what is kept of it is enough to remove it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  broker,
  conditionsOf,
  configMap,
  options,
  planOf,
  secret,
  systemConfigMap,
  topicName,
  viewOf,
} from '../../testing/world.ts';
import type { Broker } from '../objects/resource-types.ts';
import { parseResource } from '../parsing/parse-resource.ts';
import { isOurBroker } from '../planning/broker-class-of.ts';
import { planBroker } from '../planning/broker-plan.ts';
import type { IngressPlan } from '../planning/ingress-plan.ts';

describe('control-plane 26: a Broker, more truthfully', () => {
  const external = 'kafka.eventing.knative.dev/external.topic';
  const planAfter = (object: Broker, annotations: Record<string, string>): IngressPlan =>
    planBroker(object, viewOf(configMap), { annotations }, options());

  test('a Secret that may not be read is not called missing: what to grant is told', () => {
    const withSecret = { ...configMap, data: { ...configMap.data, 'auth.secret.ref.name': 'secret-1' } };
    const view = { ...viewOf(withSecret), whyAbsent: () => 'it may not be read here, expected a grant' };
    assert.equal(
      conditionsOf(planBroker(broker(), view, undefined, options()))['TopicReady'],
      'False | Failed to get broker auth secret | failed to get secret test-namespace-config-map/secret-1: it may not be read here, expected a grant',
    );
  });

  test('control-plane 26 no. 4: no condition holds the content of a ConfigMap', () => {
    const secretive = { ...configMap, data: { ...configMap.data, 'bootstrap.servers': '', other: 'hunter2' } };
    assert.equal(JSON.stringify(conditionsOf(planOf(broker(), [secretive]))).includes('hunter2'), false);
  });

  test('control-plane 26 no. 12: what was read of a ConfigMap can be had again whole: topic configuration and the Secret’s namespace', () => {
    const data = {
      ...configMap.data,
      'default.topic.config.retention.ms': '1000',
      'auth.secret.ref.name': 'secret-1',
      'auth.secret.ref.namespace': 'ignored',
    };
    const found = secret('test-namespace-config-map', 'secret-1');
    const before = planOf(broker(), [{ ...configMap, data }, found]);
    const after = planBroker(broker(), viewOf(found), { annotations: before.status.annotations }, options());
    assert.deepEqual(after.topic, before.topic);
    assert.deepEqual(after.topic?.config, { 'retention.ms': '1000' });
    assert.deepEqual(after.topic.secret, { kind: 'Secret', namespace: 'test-namespace-config-map', name: 'secret-1' });
  });

  test('control-plane 26 no. 12: a default configuration that is taken away goes on for those that have it, with its Secret', () => {
    const bare: Broker = { ...broker(), spec: {} };
    const annotations = {
      ...configMap.data,
      'auth.secret.ref.name': 'secret-1',
      'auth.secret.ref.namespace': 'elsewhere',
    };
    const plan = planBroker(bare, viewOf(secret('elsewhere', 'secret-1')), { annotations }, options());
    assert.deepEqual(plan.topic?.secret, { kind: 'Secret', namespace: 'elsewhere', name: 'secret-1' });
    assert.equal(plan.topic.partitions, 20);
    assert.ok(plan.resource);
  });

  test('control-plane 26 no. 10: a Secret that is configured no longer is no longer in the status', () => {
    const plan = planAfter(broker(), { ...configMap.data, 'auth.secret.ref.name': 'secret-1', other: 'kept' });
    assert.equal(plan.status.annotations['auth.secret.ref.name'], undefined);
    assert.equal(plan.status.annotations['other'], 'kept');
  });

  test('control-plane 26 no. 16: the dead letter sink of the status goes with the delivery', () => {
    const plan = planOf(
      broker({ delivery: { deadLetterSink: { uri: 'http://dls', CACerts: 'PEM', audience: 'aud' } } }),
    );
    assert.equal(plan.status.deadLetterSinkCACerts, 'PEM');
    assert.equal(plan.status.deadLetterSinkAudience, 'aud');
    assert.equal('deadLetterSinkUri' in planOf(broker()).status, false);
  });

  test('control-plane 26 no. 35: an external topic without a name is refused', () =>
    assert.match(
      conditionsOf(planOf(broker({}, { [external]: '' })))['TopicReady'] ?? '',
      /^False \| Topic is not present or invalid \| annotation .* is empty/,
    ));

  test('control-plane 26 no. 35: whose the topic is, is recorded, and cannot be changed while it is in use', () => {
    const made = { 'default.topic': topicName, 'eventing.knative.dev/topic.owner': 'broker-controller' };
    const added = planAfter(broker({}, { [external]: 'theirs' }), made);
    assert.match(conditionsOf(added)['TopicReady'] ?? '', /^False \| ExternalTopicChanged \| .* was added while/);
    assert.equal(added.status.annotations['eventing.knative.dev/topic.owner'], 'broker-controller');
    const theirs = { 'default.topic': 'theirs', 'eventing.knative.dev/topic.owner': 'external' };
    const removed = planAfter(broker(), theirs);
    assert.match(conditionsOf(removed)['TopicReady'] ?? '', /^False \| ExternalTopicChanged \| .* was removed while/);
    assert.equal(removed.status.annotations['eventing.knative.dev/topic.owner'], 'external');
    assert.equal(
      planAfter(broker({}, { [external]: 'other' }), theirs).topic?.name,
      'other',
      'a move, with the groups',
    );
  });

  test('security 6.4: a dead letter sink that is not allowed is refused with a reason of its own', () => {
    const plan = planOf(broker({ delivery: { deadLetterSink: { uri: 'http://[::ffff:169.254.169.254]/' } } }));
    assert.match(conditionsOf(plan)['ConfigParsed'] ?? '', /^False \| DestinationNotAllowed \| failed to resolve/);
    assert.equal(plan.resource, undefined);
    assert.ok(plan.topic);
  });

  test('a name that Kafka does not take is told without asking it', () => {
    const long = broker();
    const object = { ...long, metadata: { ...long.metadata, name: 'x'.repeat(253) } };
    const plan = planOf(object);
    assert.match(conditionsOf(plan)['TopicReady'] ?? '', /^False \| InvalidTopicName \| .*1 to 249/);
    assert.equal(plan.topic, undefined);
  });

  test('a template that does not parse names nothing new, and leaves alone what has a name', () => {
    const broken = systemConfigMap('config-kafka-features', { 'brokers-topic-template': '{{ .Spec }}' });
    assert.match(
      conditionsOf(planOf(broker(), [configMap, broken]))['TopicReady'] ?? '',
      /^False \| InvalidTopicTemplate \| ConfigMap config-kafka-features: brokers-topic-template/,
    );
    const known = { annotations: { 'default.topic': 'known' } };
    const plan = planBroker(broker(), viewOf(configMap, broken), known, options());
    assert.equal(plan.topic?.name, 'known');
    assert.ok(plan.resource);
  });

  test('defaults of config-br-defaults: class, configuration and delivery', () => {
    const text = `
clusterDefault: { kind: ConfigMap, name: test-config-cm, namespace: test-namespace-config-map, delivery: { retry: 7 } }
namespaceDefaults: { theirs: { brokerClass: MTChannelBasedBroker }, test-namespace: { disallowDifferentNamespaceConfig: true } }`;
    const defaults = systemConfigMap('config-br-defaults', { 'default-br-config': text });
    const bare: Broker = { ...broker(), spec: {} };
    const plan = planOf(bare, [configMap, defaults]);
    assert.equal(plan.topic?.partitions, 20);
    assert.equal(plan.resource?.egressConfig?.retry, 7);
    assert.match(
      conditionsOf(planOf(broker(), [configMap, defaults]))['ConfigParsed'] ?? '',
      /^False \| config in namespace "test-namespace-config-map" is not allowed/,
    );
    const features = options().features(viewOf(defaults));
    const elsewhere = { ...bare, metadata: { ...bare.metadata, namespace: 'theirs' } };
    assert.equal(isOurBroker(elsewhere, features), false);
    assert.equal(isOurBroker(bare, features), true);
  });

  test('a Broker that cannot be taken says why, and keeps its status', () => {
    const { refused } = parseResource({
      apiVersion: 'eventing.knative.dev/v1',
      kind: 'Broker',
      metadata: { name: 'a' },
      spec: { config: 'text', delivery: { retry: -1, format: 'xml', backoffPolicy: 'x' } },
    });
    assert.ok(refused?.kind === 'Broker');
    const plan = planAfter(refused, { 'default.topic': 'known' });
    assert.equal(
      conditionsOf(plan)['ConfigParsed'],
      'False | InvalidSpec | spec.config is "text" (expected a mapping of fields); spec.delivery.retry is the number -1 (expected a whole number from 0 to 2147483647); spec.delivery.format is "xml" (expected one of "json", "binary"); and 1 more',
    );
    assert.equal(plan.topic, undefined);
    assert.equal(plan.status.annotations['default.topic'], 'known');
  });
});
