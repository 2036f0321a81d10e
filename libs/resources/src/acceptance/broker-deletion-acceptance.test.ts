/** Rows of control-plane 24.2: what a Broker leaves behind; the order in which it goes is the reconciler's. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  planBrokerDeletion,
  planSinkDeletion,
  planTriggerDeletion,
  releasedSecret,
} from '../planning/deletion-plan.ts';
import type { DeletionPlan } from '../planning/deletion-plan.ts';
import type { Broker, ManifestResource } from '../objects/resource-types.ts';
import { broker, configMap, options, sink, topicName, trigger, viewOf } from '../../testing/world.ts';

const recorded = {
  ...configMap.data,
  'default.topic': topicName,
  'eventing.knative.dev/topic.owner': 'broker-controller',
};
const withSecret = {
  ...recorded,
  'auth.secret.ref.name': 'secret-1',
  'auth.secret.ref.namespace': 'test-namespace-config-map',
};
const secretKey = { kind: 'Secret', namespace: 'test-namespace-config-map', name: 'secret-1' };

function deletion(
  annotations: Record<string, string> | undefined,
  objects: readonly ManifestResource[] = [configMap],
  object: Broker = broker(),
): DeletionPlan {
  return planBrokerDeletion(object, viewOf(...objects), annotations && { annotations }, options());
}

describe('control-plane 24.2 Broker, deletion', () => {
  test('control-plane 24.2 BF1: the topic that was made is deleted, in its cluster', () => {
    const { topic, secret, leftBehind } = deletion(recorded);
    assert.equal(topic?.name, topicName);
    assert.equal(topic.bootstrapServers, 'kafka-1:9092,kafka-2:9093');
    assert.equal(secret, undefined);
    assert.deepEqual(leftBehind, []);
  });

  test('control-plane 24.2 BF2: without its ConfigMap, from what the status holds of it', () => {
    assert.deepEqual(deletion(recorded, []), deletion(recorded));
  });

  test('control-plane 24.2 BF6: an external topic is kept, and the Secret released', () => {
    const object = broker({}, { 'kafka.eventing.knative.dev/external.topic': topicName });
    assert.deepEqual(deletion(withSecret, [configMap], object), { secret: secretKey, leftBehind: [] });
  });

  test('control-plane 24.2 BF7: a Secret that is missing is named, for whoever tries and gives up after a while', () => {
    const { topic, secret } = deletion(withSecret);
    assert.deepEqual(topic?.secret, secretKey);
    assert.deepEqual(secret, secretKey);
  });

  test('control-plane 24.2 BF8: with a ConfigMap that says nothing, and a status that says as little, the topic is left behind and told', () => {
    const nonsense = { ...configMap, data: { foo: 'bar' } };
    assert.deepEqual(deletion({ 'default.topic': topicName }, [nonsense]), { leftBehind: [`topic ${topicName}`] });
  });

  test('control-plane 26 no. 11: text where a number belongs stops no deletion', () => {
    const broken = { ...configMap, data: { ...configMap.data, 'default.topic.partitions': 'ten' } };
    assert.equal(deletion(recorded, [broken]).topic?.name, topicName);
  });

  test('control-plane 26 no. 35: a topic that was external is kept when the annotation is gone', () => {
    const external = { ...recorded, 'eventing.knative.dev/topic.owner': 'external' };
    assert.equal(deletion(external).topic, undefined);
  });

  test('control-plane 26 no. 36: a Broker that never got its topic leaves none behind', () => {
    assert.deepEqual(deletion(configMap.data), { leftBehind: [] });
    assert.deepEqual(deletion(undefined), { leftBehind: [] });
  });

  test('control-plane 7.4: a status that upstream wrote finds its Secret in the namespace of the ConfigMap', () => {
    const upstream = { ...configMap.data, 'default.topic': topicName, 'auth.secret.ref.name': 'secret-1' };
    assert.deepEqual(deletion(upstream, []).secret, secretKey);
    assert.equal(deletion({ 'default.topic': topicName }).topic?.bootstrapServers, 'kafka-1:9092,kafka-2:9093');
  });

  test('a Broker whose spec cannot be taken is deleted by its status', () => {
    const problem = { severity: 'error', path: ['spec'], message: 'is a list', expected: 'a mapping' } as const;
    const object: Broker = { ...broker(), spec: {}, invalid: [problem] };
    assert.equal(deletion(recorded, [], object).topic?.name, topicName);
  });

  test('control-plane 26 no. 10: a Secret is released when another one is configured, or none', () => {
    const before = { annotations: withSecret };
    const ns = 'test-namespace';
    assert.deepEqual(releasedSecret(before, { annotations: recorded }, ns), secretKey);
    assert.deepEqual(
      releasedSecret(before, { annotations: { ...withSecret, 'auth.secret.ref.name': 'b' } }, ns),
      secretKey,
    );
    assert.equal(releasedSecret(before, before, ns), undefined);
    assert.equal(releasedSecret(undefined, before, ns), undefined);
  });
});

describe('control-plane 24.8 KafkaSink, deletion', () => {
  const owned = (owner: string): { annotations: Record<string, string> } => ({
    annotations: { 'eventing.knative.dev/topic.owner': owner },
  });
  test('control-plane 24.8 SF1: an external topic is kept', () =>
    assert.deepEqual(planSinkDeletion(sink(), owned('external')), { leftBehind: [] }));
  test('control-plane 24.8 SF2: a topic that was made is deleted', () => {
    const { topic } = planSinkDeletion(sink(), owned('kafkasink-controller'));
    assert.equal(topic?.name, 'knative-sink-sink-namespace-sink-name');
    assert.equal(topic.bootstrapServers, 'kafka-1:9092');
  });
  test('a sink that was never served leaves nothing behind', () =>
    assert.deepEqual(planSinkDeletion(sink(), undefined), { leftBehind: [] }));
});

describe('control-plane 24.5 Trigger, deletion', () => {
  const cluster = { bootstrapServers: 'kafka-1:9092' };
  const annotations = { 'group.id': 'g' };
  test('control-plane 24.5 V19: its group goes, in the cluster of its Broker', () => {
    assert.deepEqual(planTriggerDeletion(trigger(), { annotations }, cluster), {
      group: { cluster, groupId: 'g' },
      leftBehind: [],
    });
  });
  test('a Broker that went first does not matter where the status names the cluster', () => {
    const status = { annotations: { ...annotations, 'bootstrap.servers': 'kafka-2:9092' } };
    assert.equal(planTriggerDeletion(trigger(), status, undefined).group?.cluster.bootstrapServers, 'kafka-2:9092');
  });
  test('a group in a cluster that nobody knows any more is told', () =>
    assert.deepEqual(planTriggerDeletion(trigger(), { annotations }, undefined), { leftBehind: ['consumer group g'] }));
  test('a Trigger that never had a group leaves none behind', () =>
    assert.deepEqual(planTriggerDeletion(trigger(), undefined, cluster), { leftBehind: [] }));
});
