import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planSecretAccess } from './secret-access.ts';

const key = { kind: 'Secret', namespace: 'shop', name: 'kafka' } as const;
const accounts = [
  { namespace: 'knative-eventing', name: 'kafka-receiver' },
  { namespace: 'knative-eventing', name: 'kafka-dispatcher' },
];

test('a Role lets the data plane get the one Secret and nothing else', () => {
  const [role, binding] = planSecretAccess(key, accounts);
  assert.deepEqual(role['rules'], [
    { apiGroups: [''], resources: ['secrets'], resourceNames: ['kafka'], verbs: ['get'] },
  ]);
  assert.equal(role.metadata.namespace, 'shop');
  assert.match(role.metadata.name, /^eventing-kafka-data-plane-[0-9a-f]{10}$/);
  assert.deepEqual(binding['roleRef'], {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'Role',
    name: role.metadata.name,
  });
  assert.deepEqual(binding['subjects'], [
    { kind: 'ServiceAccount', namespace: 'knative-eventing', name: 'kafka-dispatcher' },
    { kind: 'ServiceAccount', namespace: 'knative-eventing', name: 'kafka-receiver' },
  ]);
});

test('the same Secret gives the same objects, another one others', () => {
  assert.deepEqual(planSecretAccess(key, accounts), planSecretAccess(key, accounts.toReversed()));
  assert.notEqual(
    planSecretAccess({ ...key, name: 'other' }, accounts)[0].metadata.name,
    planSecretAccess(key, accounts)[0].metadata.name,
  );
});
