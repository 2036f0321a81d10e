import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, Pod } from '../kubernetes-objects.ts';
import { containerVariables, MissingReference, type PodWorld } from './container-environment.ts';

const meta = (name: string) => ({ name, namespace: 'shop', uid: name, resourceVersion: '1' });
const pod: Pod = { metadata: meta('p'), spec: { containers: [] } };
const world: PodWorld = {
  place: { podIp: '127.10.1.1', nodeName: 'node-1', nodeIp: '127.10.0.1' },
  machine: {},
  configMap: (_, name) =>
    name === 'settings' ? { metadata: meta(name), data: { color: 'red', size: 'L' } } : undefined,
  secret: (_, name) =>
    name === 'login' ? { metadata: meta(name), data: { user: Buffer.from('me').toString('base64') } } : undefined,
};
const variables = (container: Omit<Container, 'name'>) => containerVariables(pod, { name: 'c', ...container }, world);

test('a value refers to variables before it, of whatever source', () => {
  const env = [
    { name: 'USER', valueFrom: { secretKeyRef: { name: 'login', key: 'user' } } },
    { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    { name: 'WHO', value: '$(USER)@$(POD) $(LATER)' },
    { name: 'LATER', value: 'x' },
  ];
  assert.equal(variables({ env })['WHO'], 'me@p $(LATER)');
});

test('all keys of a ConfigMap become variables with a prefix, and a variable of its own wins', () => {
  const envFrom = [{ prefix: 'MY_', configMapRef: { name: 'settings' } }];
  assert.deepEqual(variables({ envFrom, env: [{ name: 'MY_size', value: 'S' }] }), { MY_color: 'red', MY_size: 'S' });
});

for (const [what, container, message] of [
  ['a missing ConfigMap', { envFrom: [{ configMapRef: { name: 'none' } }] }, /configmap "none" not found/],
  ['a missing key', { env: [keyOf('login', 'nothing')] }, /couldn't find key nothing in Secret shop\/login/],
  ['a missing Secret', { env: [keyOf('none', 'user')] }, /secret "none" not found/],
] as const) {
  test(`${what} is waited for, by its name`, () => {
    assert.throws(
      () => variables(container),
      (error) => error instanceof MissingReference && message.test(error.message),
    );
  });
}

test('what is optional and missing leaves the variable out', () => {
  assert.deepEqual(variables({ env: [keyOf('none', 'user', true), keyOf('login', 'nothing', true)] }), {});
});

function keyOf(name: string, key: string, optional = false) {
  return { name: 'X', valueFrom: { secretKeyRef: { name, key, optional } } };
}
