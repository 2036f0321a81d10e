import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedProcessOf, Roster } from './roster.ts';

const pod = (app: string, changes: object = {}, status: object = {}) => ({
  metadata: { namespace: 'knative-eventing', name: 'p-1', labels: { app }, ...changes },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], ...status },
});
const expected = (app: string, changes: object = {}, status: object = {}) =>
  expectedProcessOf(pod(app, changes, status), 'knative-eventing');

for (const [app, kind, resourceKinds] of [
  ['kafka-broker-receiver', 'receiver', ['Broker']],
  ['kafka-sink-receiver', 'receiver', ['KafkaSink']],
  ['kafka-broker-dispatcher', 'dispatcher', []],
] as const) {
  test(`a Pod labelled ${app} is a ${kind} of ${resourceKinds.join() || 'all kinds'}`, () => {
    assert.deepEqual(expected(app), { nodeId: 'p-1', kind, namespace: '', resourceKinds, ready: true });
  });
}

test('a Pod outside the system namespace belongs to the data plane of its own', () => {
  assert.equal(expected('kafka-broker-receiver', { namespace: 'shop' })?.namespace, 'shop');
});

for (const [name, changes, status] of [
  ['is being deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }, {}],
  ['is not Ready', {}, { conditions: [{ type: 'Ready', status: 'False' }] }],
  ['has no conditions yet', {}, { conditions: undefined }],
] as const) {
  test(`a Pod that ${name} is expected, and not ready`, () => {
    assert.equal(expected('kafka-broker-receiver', changes, status)?.ready, false);
  });
}

for (const phase of ['Succeeded', 'Failed']) {
  test(`a Pod that has ${phase} is not expected`, () => {
    assert.equal(expected('kafka-broker-receiver', {}, { phase }), undefined);
  });
}

test('a Pod of something else is not expected', () => assert.equal(expected('web'), undefined));

test('a roster gives what is there, then each change, and ends', async () => {
  const roster = new Roster();
  roster.update('a', expected('kafka-broker-receiver'));
  const turns: (readonly string[])[] = [];
  for await (const processes of roster.changes(new AbortController().signal)) {
    turns.push(processes.map(({ nodeId, ready }) => `${nodeId} ${ready}`));
    if (turns.length === 1) roster.update('a', expected('kafka-broker-receiver', {}, { conditions: [] }));
    else if (turns.length === 2) roster.update('a', undefined);
    else roster.end();
  }
  assert.deepEqual(turns, [['p-1 true'], ['p-1 false'], []]);
});

test('a roster does not tell of a Pod whose change means nothing', async () => {
  const roster = new Roster();
  roster.update('a', expected('kafka-broker-receiver'));
  const turns = roster.changes(new AbortController().signal);
  await turns.next();
  const next = turns.next();
  roster.update('a', expected('kafka-broker-receiver'));
  roster.end();
  assert.equal((await next).done, true);
});
