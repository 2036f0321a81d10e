import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerState, ContainerStatus, Pod, PodCondition } from '../kubernetes-objects.ts';
import { type PodProgress, podStatus } from './pod-status.ts';

const pod: Pod = { metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1' }, spec: { containers: [] } };
const now = '2030-01-01T00:00:00Z';
const running: ContainerState = { running: { startedAt: now } };
const ended = (exitCode: number): ContainerState => ({
  terminated: { exitCode, reason: 'x', startedAt: now, finishedAt: now },
});

function container(state: ContainerState, ready: boolean, restartCount = 0): ContainerStatus {
  return { name: 'c', image: 'i', imageID: 'i', ready, started: true, restartCount, state, lastState: {} };
}

function statusOf(progress: Partial<PodProgress>, of: Pod = pod) {
  const all = {
    initContainers: [],
    containers: [],
    initialized: true,
    initFailed: false,
    finished: false,
    ...progress,
  };
  const status = podStatus(of, all, '127.10.1.1', '127.10.0.1', now) as { phase: string; conditions: PodCondition[] };
  return { phase: status.phase, ready: status.conditions.find(({ type }) => type === 'Ready'), status };
}

const rows: readonly [name: string, progress: Partial<PodProgress>, phase: string, ready: string][] = [
  ['waiting for init containers is pending', { initialized: false }, 'Pending', 'False'],
  ['a failed init container fails the Pod', { initialized: false, initFailed: true }, 'Failed', 'False'],
  ['running and ready', { containers: [container(running, true)] }, 'Running', 'True'],
  ['running and not ready', { containers: [container(running, false)] }, 'Running', 'False'],
  [
    'waiting to be started again is running',
    { containers: [container({ waiting: { reason: 'CrashLoopBackOff' } }, false, 3)] },
    'Running',
    'False',
  ],
  [
    'waiting to be started at all is pending',
    { containers: [container({ waiting: { reason: 'ErrImagePull' } }, false)] },
    'Pending',
    'False',
  ],
  ['all ended well', { containers: [container(ended(0), false)], finished: true }, 'Succeeded', 'False'],
  [
    'one ended badly',
    { containers: [container(ended(0), false), container(ended(1), false)], finished: true },
    'Failed',
    'False',
  ],
];

for (const [name, progress, phase, ready] of rows) {
  test(`${name}: ${phase}`, () => {
    const status = statusOf(progress);
    assert.deepEqual([status.phase, status.ready?.status], [phase, ready]);
  });
}

test('a readiness gate that nobody opened keeps a Pod from being ready', () => {
  const gated: Pod = { ...pod, spec: { containers: [], readinessGates: [{ conditionType: 'example.com/open' }] } };
  assert.equal(statusOf({ containers: [container(running, true)] }, gated).ready?.status, 'False');
});

test('a condition keeps the time of its last change', () => {
  const before = '2029-01-01T00:00:00Z';
  const known: PodCondition = { type: 'Ready', status: 'True', lastTransitionTime: before };
  const same = statusOf({ containers: [container(running, true)] }, { ...pod, status: { conditions: [known] } });
  assert.equal(same.ready?.lastTransitionTime, before);
  const other = statusOf({ containers: [container(running, false)] }, { ...pod, status: { conditions: [known] } });
  assert.equal(other.ready?.lastTransitionTime, now);
});
