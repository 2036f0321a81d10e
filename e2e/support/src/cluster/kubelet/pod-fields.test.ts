import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../kubernetes-objects.ts';
import { podField, quantity, resourceField } from './pod-fields.ts';

const pod: Pod = {
  metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1', labels: { app: 'a', 'x/y': 'say "z"' } },
  spec: { containers: [], serviceAccountName: 'robot' },
};
const place = { podIp: '127.10.1.1', nodeName: 'node-1', nodeIp: '127.10.0.1' };

for (const [path, expected] of [
  ['metadata.name', 'p'],
  ['metadata.uid', 'u'],
  ["metadata.labels['app']", 'a'],
  ["metadata.labels['none']", ''],
  ['metadata.labels', 'app="a"\nx/y="say \\"z\\""'],
  ['spec.serviceAccountName', 'robot'],
  ['status.podIP', '127.10.1.1'],
] as const) {
  test(`the downward API gives ${path}`, () => {
    assert.equal(podField(pod, path, place), expected);
  });
}

test('a field that the downward API does not have is an error that names it', () => {
  assert.throws(() => podField(pod, 'spec.containers', place), /spec\.containers/);
});

for (const [text, expected] of [
  ['500m', 0.5],
  ['2', 2],
  ['1Gi', 1024 ** 3],
  ['128Mi', 128 * 1024 ** 2],
  ['3k', 3000],
  ['1e3', 1000],
] as const) {
  test(`the quantity ${text} is ${expected}`, () => {
    assert.equal(quantity(text), expected);
  });
}

test('a limit is divided and rounded up; the whole machine stands for one that is not set', () => {
  const container = { name: 'c', resources: { limits: { memory: '100Mi', cpu: '1500m' } } };
  assert.equal(resourceField(container, 'limits.memory', '1Mi', {}), '100');
  assert.equal(resourceField(container, 'limits.cpu', '', {}), '2');
  assert.equal(resourceField({ name: 'c' }, 'limits.cpu', '1', { cpu: 8 }), '8');
  assert.equal(resourceField(container, 'requests.cpu', '1m', {}), '1500');
});
