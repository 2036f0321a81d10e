import assert from 'node:assert/strict';
import { test } from 'node:test';
import { broker, metadata, sink, trigger } from '../../testing/world.ts';
import { finalizerOf, ownFinalizers, secretFinalizer } from './finalizers.ts';

test('control-plane 1.1: finalizers have the names that upstream gives them', () => {
  assert.equal(finalizerOf(broker()), 'brokers.eventing.knative.dev');
  assert.equal(finalizerOf(trigger(), 'Kafka'), 'kafka.triggers.eventing.knative.dev');
  assert.equal(finalizerOf(trigger(), 'KafkaNamespaced'), 'kafka.namespaced.triggers.eventing.knative.dev');
  assert.equal(finalizerOf(sink()), 'kafkasinks.eventing.knative.dev');
  assert.equal(secretFinalizer('B'), 'kafka.eventing/B');
});

test('control-plane 9.5: of the finalizers on an object those of all our controllers are ours, and no others', () => {
  const finalizers = ['kafka.namespaced.triggers.eventing.knative.dev', 'x', 'kafka.triggers.eventing.knative.dev'];
  assert.deepEqual(ownFinalizers({ kind: 'Trigger', metadata: metadata('a', 'b', { finalizers }) }), [
    'kafka.triggers.eventing.knative.dev',
    'kafka.namespaced.triggers.eventing.knative.dev',
  ]);
  assert.deepEqual(ownFinalizers({ kind: 'Broker', metadata: metadata('a', 'b') }), []);
});
