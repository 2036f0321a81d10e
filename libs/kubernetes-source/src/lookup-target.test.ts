import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lookupTarget } from './lookup-target.ts';

for (const [name, key, expected] of [
  [
    'a Secret is watched by its name',
    ['Secret', 'shop', 'kafka'],
    { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'kafka' },
  ],
  [
    'a ConfigMap is watched by its name',
    ['ConfigMap', 'shop', 'kafka'],
    { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'kafka' },
  ],
  [
    'all objects of a foreign kind are watched together',
    ['ForeignObject', 'shop', 'flows.knative.dev/v1 Sequence steps'],
    { apiVersion: 'flows.knative.dev/v1', kind: 'Sequence' },
  ],
  ['a Service is watched anyway', ['Service', 'shop', 'web'], undefined],
  ['a Secret without a name would be all of them', ['Secret', 'shop', ''], undefined],
  ['a Secret without a namespace would be one of any', ['Secret', '', 'kafka'], undefined],
  ['a Secret is no destination: those of a cluster are not read', ['ForeignObject', 'shop', 'v1 Secret x'], undefined],
  ['a foreign object without a kind cannot be watched', ['ForeignObject', 'shop', 'v1'], undefined],
] as const) {
  const [kind, namespace, objectName] = key;
  test(name, () => assert.deepEqual(lookupTarget(kind, namespace, objectName), expected));
}
