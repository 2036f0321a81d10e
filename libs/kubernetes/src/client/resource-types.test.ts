import assert from 'node:assert/strict';
import { test } from 'node:test';
import { objectPath } from './resource-types.ts';

const deployments = { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true };
const nodes = { apiVersion: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };

test('objects are addressed by group, namespace, name and subresource', () => {
  assert.equal(objectPath(deployments), '/apis/apps/v1/deployments');
  assert.equal(objectPath(deployments, 'shop'), '/apis/apps/v1/namespaces/shop/deployments');
  assert.equal(
    objectPath(deployments, 'shop', 'web', 'status'),
    '/apis/apps/v1/namespaces/shop/deployments/web/status',
  );
  assert.equal(objectPath(nodes, 'shop', 'n1'), '/api/v1/nodes/n1');
});

test('a name cannot leave its place in a path', () => {
  assert.equal(objectPath(deployments, 'a/b', '../x'), '/apis/apps/v1/namespaces/a%2Fb/deployments/..%2Fx');
});
