import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretAccessName } from '@eventing-kafka/resources';
import type { ResourceKey, ResourceStatus } from '@eventing-kafka/resources';
import { MemoryCluster } from '../../testing/memory-cluster.ts';
import { newEntry } from '../entries.ts';
import type { IngressEntry } from '../entries.ts';
import { SecretUses } from './secret-uses.ts';

const secret: ResourceKey = { kind: 'Secret', namespace: 'knative-eventing', name: 'credentials' };

function ingress(namespace: string, name: string, annotations: ResourceStatus['annotations'] = {}): IngressEntry {
  const key = { kind: 'Broker', namespace, name } as const;
  return newEntry(key, name, { observedGeneration: 1, conditions: [], annotations }, 0) as IngressEntry;
}

function usesOn(source: MemoryCluster): SecretUses {
  return new SecretUses({
    source,
    cluster: source.cluster,
    accounts: (namespace) => [{ namespace: namespace || 'knative-eventing', name: 'kafka-receiver' }],
    remember: () => Promise.resolve(),
  });
}

function readers(source: MemoryCluster, { namespace, name }: ResourceKey): unknown {
  return source.objects.get(`RoleBinding ${namespace}/${secretAccessName({ name })}`)?.['subjects'];
}

test('a status that names the Secret of another namespace opens it to nobody there', async () => {
  const source = new MemoryCluster();
  const uses = usesOn(source);
  const held = { 'kafka.eventing.knative.dev/held.secrets': 'knative-eventing/credentials' };
  uses.adopt(ingress('hostile', 'b', held), 'hostile');
  await uses.hold(ingress('shop', 'b'), secret, '');
  assert.deepEqual(readers(source, secret), [
    { kind: 'ServiceAccount', namespace: 'knative-eventing', name: 'kafka-receiver' },
  ]);
});

test('a Secret that the shared data plane and that of its namespace use is open to both', async () => {
  const source = new MemoryCluster();
  const uses = usesOn(source);
  const own: ResourceKey = { ...secret, namespace: 'shop' };
  await uses.hold(ingress('shop', 'a'), own, 'shop');
  await uses.hold(ingress('shop', 'b'), own, '');
  assert.deepEqual(readers(source, own), [
    { kind: 'ServiceAccount', namespace: 'knative-eventing', name: 'kafka-receiver' },
    { kind: 'ServiceAccount', namespace: 'shop', name: 'kafka-receiver' },
  ]);
});
