import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trigger } from '../objects/resource-types.ts';
import { planTokenAccess } from './token-access.ts';

test('a dispatcher may ask for tokens of one account, for as long as its Trigger is there', () => {
  const trigger = { kind: 'Trigger', metadata: { namespace: 'shop', name: 'orders', uid: 'u1' } } as Trigger;
  const objects = planTokenAccess(trigger, 'orders-oidc', { namespace: 'knative-eventing', name: 'kafka-dispatcher' });
  const [role, binding] = objects;
  assert.deepEqual(role['rules'], [
    { apiGroups: [''], resources: ['serviceaccounts/token'], resourceNames: ['orders-oidc'], verbs: ['create'] },
  ]);
  assert.deepEqual(binding['roleRef'], {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'Role',
    name: role.metadata.name,
  });
  assert.deepEqual(binding['subjects'], [
    { kind: 'ServiceAccount', namespace: 'knative-eventing', name: 'kafka-dispatcher' },
  ]);
  for (const { metadata } of objects) {
    assert.equal(metadata.namespace, 'shop');
    assert.deepEqual(
      metadata.ownerReferences?.map(({ kind, uid, controller }) => [kind, uid, controller]),
      [['Trigger', 'u1', true]],
    );
  }
});
