import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextWith, requestFor } from '../testing/requests.ts';
import type { TestObject } from '../testing/requests.ts';
import { problemsText, validateObject } from './index.ts';

const classKey = 'eventing.knative.dev/broker.class';
const topicKey = 'kafka.eventing.knative.dev/external.topic';
const kafka = { [classKey]: 'Kafka' };
const config = { apiVersion: 'v1', kind: 'ConfigMap', name: 'kafka-broker-config', namespace: 'knative-eventing' };

function refusal(broker: TestObject, old?: TestObject, context = contextWith()): string {
  const request = requestFor('Broker', { annotations: kafka, ...broker }, old === undefined ? {} : { old });
  return problemsText(validateObject(request, context).problems);
}

test('control-plane 24.9 Broker validation: one of another class is let through, whatever its config', () => {
  const annotations = { [classKey]: 'MTChannelBasedBroker' };
  assert.equal(refusal({ annotations, spec: { config: { ...config, kind: 'Pod' } } }), '');
});

test('control-plane 24.9 Broker validation: class Kafka with a config of kind Secret is refused', () => {
  const text = refusal({ spec: { config: { ...config, kind: 'Secret' } } });
  assert.equal(text, 'invalid value: Secret: spec.config.kind\nExpected ConfigMap');
});

test('control-plane 24.9 Broker validation: no config is let in', () => {
  assert.equal(refusal({}), '');
  assert.equal(refusal({ spec: {} }), '');
});

test('control-plane 24.9 Broker validation: a namespaced one with a config of another namespace is refused', () => {
  const annotations = { [classKey]: 'KafkaNamespaced' };
  assert.equal(
    refusal({ annotations, spec: { config } }),
    'invalid value: knative-eventing: spec.config.namespace\nExpected ConfigMap in same namespace with broker resource',
  );
  for (const namespace of ['ns', ''])
    assert.equal(refusal({ annotations, spec: { config: { ...config, namespace } } }), '');
});

test('control-plane 18.3: configs of another namespace can be forbidden', () => {
  const defaults = 'clusterDefault: {disallowDifferentNamespaceConfig: true}';
  const context = contextWith({ 'config-br-defaults': { 'default-br-config': defaults } });
  assert.match(
    refusal({ spec: { config } }, undefined, context),
    /^invalid value: knative-eventing: spec\.config\.namespace/,
  );
});

test('control-plane 19: spec may not change, except for delivery', () => {
  const old = { annotations: kafka, spec: { config } };
  assert.equal(
    refusal({ spec: { config: { ...config, name: 'other' } } }, old),
    'Immutable field updated: spec.config',
  );
  assert.equal(refusal({ spec: { config, delivery: { retry: 3 } } }, old), '');
});

test('control-plane 19: the class may not change, not even away from us or to us', () => {
  const other = { [classKey]: 'MTChannelBasedBroker' };
  const problem = `Immutable field updated: metadata.annotations[${classKey}]`;
  assert.equal(refusal({ annotations: other }, { annotations: kafka }), problem);
  assert.equal(refusal({ annotations: kafka }, { annotations: other }), problem);
  assert.match(refusal({ annotations: { [classKey]: '' } }), /^missing field\(s\): metadata\.annotations/);
});

test('control-plane 26 no. 35: the external topic has a name, and keeps it', () => {
  assert.match(
    refusal({ annotations: { ...kafka, [topicKey]: '' } }),
    /^invalid value: : metadata\.annotations\[kafka/,
  );
  const external = { annotations: { ...kafka, [topicKey]: 'orders' } };
  const problem = `Immutable field updated: metadata.annotations[${topicKey}]`;
  assert.equal(refusal(external), '');
  assert.equal(refusal({ annotations: kafka }, external), problem);
  assert.equal(refusal(external, { annotations: kafka }), problem);
});

test('a name of which no topic can be made is refused', () => {
  assert.match(refusal({ name: 'x'.repeat(253) }), /metadata\.name\nits topic could not be made: .* it has 271$/);
  assert.equal(refusal({ name: 'x'.repeat(200) }), '');
});

test('control-plane 19: delivery is checked as a whole', () => {
  const delivery = {
    retry: -1,
    timeout: 'PT0S',
    backoffPolicy: 'steep',
    backoffDelay: 'soon',
    format: 'xml',
    retryAfterMax: 'PT1M',
    deadLetterSink: {},
  };
  const text = refusal({ spec: { delivery } });
  for (const line of [
    'invalid value: -1: spec.delivery.retry',
    'invalid value: PT0S: spec.delivery.timeout',
    'invalid value: steep: spec.delivery.backoffPolicy',
    'invalid value: soon: spec.delivery.backoffDelay',
    'invalid value: xml: spec.delivery.format',
    'must not set the field(s): spec.delivery.retryAfterMax',
    'expected at least one, got none: spec.delivery.deadLetterSink.ref, spec.delivery.deadLetterSink.uri',
  ])
    assert.ok(text.includes(line), `${line} is not in\n${text}`);
});

test('control-plane 19: timeout and retryAfterMax follow their flags', () => {
  const context = contextWith({
    'config-features': { 'delivery-timeout': 'Disabled', 'delivery-retryafter': 'ENABLED' },
  });
  assert.equal(refusal({ spec: { delivery: { retryAfterMax: 'PT0S' } } }, undefined, context), '');
  assert.match(
    refusal({ spec: { delivery: { timeout: 'PT1S' } } }, undefined, context),
    /^must not set the field\(s\): spec\.delivery\.timeout/,
  );
  assert.equal(refusal({ spec: { delivery: { timeout: 'PT1S' } } }), '');
});

test('an object that was let in by other rules still gets finalizers, and can go', () => {
  const broken = { annotations: kafka, spec: { config: { ...config, kind: 'Pod' } } };
  assert.equal(refusal({ ...broken, labels: { a: 'b' } }, broken), '');
  assert.equal(refusal({ ...broken, spec: {}, deletionTimestamp: '2026-01-01T00:00:00Z' }, broken), '');
  assert.equal(
    problemsText(
      validateObject(requestFor('Broker', {}, { operation: 'DELETE', object: undefined }), contextWith()).problems,
    ),
    '',
  );
});

test('the status is not judged, but for its shape', () => {
  const ask = (status: unknown): string =>
    problemsText(validateObject(requestFor('Broker', { status }, { subResource: 'status' }), contextWith()).problems);
  assert.equal(ask({ conditions: [] }), '');
  assert.equal(ask('fine'), 'invalid value: status');
});
