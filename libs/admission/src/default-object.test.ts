import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextWith, requestFor } from '../testing/requests.ts';
import type { TestObject } from '../testing/requests.ts';
import { defaultObject } from './index.ts';
import type { AdmissionContext, AdmissionRequest, AdmittedKind } from './index.ts';

const classKey = 'eventing.knative.dev/broker.class';

/** The patch, in short: `add /path value`. */
function patchOf(
  kind: AdmittedKind,
  object: TestObject,
  more: { readonly old?: TestObject } & Partial<AdmissionRequest> = {},
  context: AdmissionContext = contextWith(),
): readonly string[] {
  return defaultObject(requestFor(kind, object, more), context).map(
    ({ op, path, value }) => `${op} ${path} ${JSON.stringify(value)}`,
  );
}

const defaults = contextWith({
  'config-br-defaults': {
    'default-br-config': `
      clusterDefault:
        brokerClass: Kafka
        apiVersion: v1
        kind: ConfigMap
        name: kafka-broker-config
        namespace: knative-eventing
        delivery: { retry: 5, deadLetterSink: { ref: { apiVersion: v1, kind: Service, name: graveyard } } }
      namespaceDefaults:
        own: { brokerClass: KafkaNamespaced, apiVersion: v1, kind: ConfigMap, name: mine }`,
  },
});

test('control-plane 18.3: a Broker gets class, configuration and delivery of its cluster', () => {
  assert.deepEqual(patchOf('Broker', {}, {}, defaults), [
    `add /metadata/annotations {"${classKey}":"Kafka"}`,
    'add /spec {"config":{"apiVersion":"v1","kind":"ConfigMap","name":"kafka-broker-config","namespace":"knative-eventing"},' +
      '"delivery":{"retry":5,"deadLetterSink":{"ref":{"apiVersion":"v1","kind":"Service","name":"graveyard","namespace":"ns"}}}}',
  ]);
});

test('control-plane 18.3: the namespace of a Broker comes before the cluster', () => {
  const [annotations, spec] = patchOf('Broker', {}, { namespace: 'own' }, defaults);
  assert.equal(annotations, `add /metadata/annotations {"${classKey}":"KafkaNamespaced"}`);
  assert.match(spec ?? '', /"name":"mine","namespace":"own"/);
});

test('control-plane 18.3: the namespace of a configuration is that of the Broker', () => {
  const spec = { config: { apiVersion: 'v1', kind: 'ConfigMap', name: 'c' } };
  assert.deepEqual(patchOf('Broker', { annotations: { [classKey]: 'Kafka' }, spec }), [
    'add /spec/config/namespace "ns"',
  ]);
});

test('a Broker of another class keeps its configuration as it is', () => {
  const annotations = { [classKey]: 'RabbitMQBroker' };
  assert.deepEqual(patchOf('Broker', { annotations, spec: { config: { kind: 'RabbitmqCluster', name: 'c' } } }), []);
});

test('a Broker that exists is given nothing that may not change', () => {
  const old = { annotations: {}, spec: { config: { kind: 'ConfigMap', name: 'c' } } };
  assert.deepEqual(patchOf('Broker', old, { old }, defaults), []);
});

test('a Broker or KafkaSink that is written anew keeps what it was given at first', () => {
  const config = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c' };
  const old = { annotations: { [classKey]: 'Kafka' }, spec: { config: { ...config, namespace: 'n' } } };
  assert.deepEqual(patchOf('Broker', {}, { old }, defaults), [
    `add /metadata/annotations {"${classKey}":"Kafka"}`,
    'add /spec {"config":{"apiVersion":"v1","kind":"ConfigMap","name":"c","namespace":"n"}}',
  ]);
  assert.deepEqual(patchOf('Broker', { ...old, spec: { config } }, { old }), ['add /spec/config/namespace "n"']);
  const sink = { annotations: { 'eventing.knative.dev/creator': 'john' }, spec: { contentMode: 'binary' } };
  assert.deepEqual(patchOf('KafkaSink', { spec: sink.spec }, { old: sink }), [
    'add /metadata/annotations {"eventing.knative.dev/creator":"john"}',
  ]);
});

test('while the defaults cannot be read, no class is chosen for good', () => {
  const broken = contextWith({ 'config-br-defaults': { 'default-br-config': 'a: [' } });
  assert.deepEqual(patchOf('Broker', {}, {}, broken), []);
});

test('control-plane 19: a Trigger gets its label, an empty filter and the namespaces of its references', () => {
  const ref = { apiVersion: 'v1', kind: 'Service', name: 's' };
  const trigger = { spec: { broker: 'b', subscriber: { ref }, delivery: { deadLetterSink: { ref } } } };
  assert.deepEqual(
    patchOf('Trigger', trigger),
    [
      'add /spec/filter {}',
      'add /metadata/labels {"eventing.knative.dev/broker":"b"}',
      'add /spec/subscriber/ref/namespace "ns"',
      'add /spec/delivery/deadLetterSink/ref/namespace "ns"',
    ].toSorted((a, b) => order(a) - order(b)),
  );
});

test('control-plane 15.1: the content mode of a KafkaSink is binary, absent or empty', () => {
  for (const contentMode of [undefined, '']) {
    const old = { spec: { contentMode: 'structured' } };
    const [, patch] = patchOf('KafkaSink', { spec: { contentMode } }, { old });
    assert.equal(patch?.replace('replace', 'add'), 'add /spec/contentMode "binary"');
  }
});

test('control-plane 19: a KafkaSink says who made it and who changed it last', () => {
  const spec = { contentMode: 'binary' };
  assert.deepEqual(patchOf('KafkaSink', { spec }), [
    'add /metadata/annotations {"eventing.knative.dev/creator":"jane","eventing.knative.dev/lastModifier":"jane"}',
  ]);
  const annotations = { 'eventing.knative.dev/creator': 'john', 'eventing.knative.dev/lastModifier': 'john' };
  const changed = { annotations, spec: { contentMode: 'structured' } };
  assert.deepEqual(patchOf('KafkaSink', changed, { old: { annotations, spec } }), [
    'replace /metadata/annotations/eventing.knative.dev~1lastModifier "jane"',
  ]);
  assert.deepEqual(patchOf('KafkaSink', { annotations, spec, labels: { a: 'b' } }, { old: { annotations, spec } }), []);
});

test('security 4.1: the namespace of a source of an EventPolicy is that of the policy', () => {
  const from = [{ sub: 'a' }, { ref: { apiVersion: 'v1', kind: 'Pod', name: 'p' } }];
  assert.deepEqual(patchOf('EventPolicy', { spec: { from } }), ['add /spec/from/1/ref/namespace "ns"']);
});

test('who only writes a finalizer or label changes nothing in spec', () => {
  const old = { spec: { broker: 'b', subscriber: { uri: 'http://a' } } };
  assert.deepEqual(patchOf('Trigger', { ...old, labels: { a: 'b' } }, { old }), [
    'add /metadata/labels/eventing.knative.dev~1broker "b"',
  ]);
});

test('nothing is given twice, nor to what is on its way out, nor to a status', () => {
  const complete = {
    labels: { 'eventing.knative.dev/broker': 'b' },
    spec: { broker: 'b', filter: {}, subscriber: { uri: 'http://a' } },
  };
  assert.deepEqual(patchOf('Trigger', complete), []);
  assert.deepEqual(patchOf('Trigger', { spec: { broker: 'b' }, deletionTimestamp: '2026-01-01T00:00:00Z' }), []);
  assert.deepEqual(patchOf('Trigger', { spec: { broker: 'b' } }, { subResource: 'status' }), []);
});

test('what is no object is left to the schema', () => {
  for (const spec of ['text', 1, [], { subscriber: 'x', delivery: [] }])
    assert.doesNotThrow(() => patchOf('Trigger', { spec }));
});

/** Fields stand in a patch in the order of the object: metadata before spec. */
function order(step: string): number {
  return ['/metadata', '/spec/subscriber', '/spec/delivery', '/spec/filter'].findIndex((path) => step.includes(path));
}
