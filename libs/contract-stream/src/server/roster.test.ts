import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ExpectedProcess, ServingStatus } from '../server-api.ts';
import { servesResource } from '../data-plane-scope.ts';
import { Roster, type StreamingProcess } from './roster.ts';
import { decideServingStatus } from './serving-status.ts';

const scope = { kind: 'receiver', namespace: '', resourceKinds: [] } as const;
const at = (generation: bigint) => ({ epoch: 1n, generation });

function expected(nodeId: string, ready: boolean, changes: Partial<ExpectedProcess> = {}): ExpectedProcess {
  return { ...scope, nodeId, ready, ...changes };
}

function streaming(nodeId: string, acknowledged?: bigint, changes: Partial<StreamingProcess> = {}): StreamingProcess {
  return {
    ...scope,
    nodeId,
    acknowledged: acknowledged === undefined ? undefined : at(acknowledged),
    refusedPush: undefined,
    refusedPartsOf: () => [],
    cameWithContract: false,
    ...changes,
  };
}

const oldEpoch = { revision: at(5n), reason: 'OldEpoch', message: '' };

function pending(...waiting: readonly [nodeId: string, why: 'not-connected' | 'not-acknowledged'][]): ServingStatus {
  return {
    kind: 'pending',
    nodeIds: waiting.map(([nodeId]) => nodeId),
    waiting: waiting.map(([nodeId, why]) => ({ nodeId, why })),
  };
}

describe('of a part that changed in generation 5', () => {
  interface Row {
    readonly expected: readonly ExpectedProcess[] | undefined;
    readonly streaming?: readonly StreamingProcess[];
    readonly departed?: readonly StreamingProcess[];
    readonly status: ServingStatus;
  }
  const rows: Record<string, Row> = {
    'nobody is expected and nobody connected: no process': { expected: [], status: { kind: 'no-process' } },
    'whoever is connected counts when nothing is known of who is expected': {
      expected: undefined,
      streaming: [streaming('a', 5n), streaming('b')],
      status: pending(['b', 'not-acknowledged']),
    },
    'every ready process has acknowledged it: serving': {
      expected: [expected('a', true), expected('b', true)],
      streaming: [streaming('a', 5n), streaming('b', 6n)],
      status: { kind: 'serving', processes: 2 },
    },
    'a ready process without a stream is waited for': {
      expected: [expected('a', true), expected('b', true)],
      streaming: [streaming('a', 5n)],
      status: pending(['b', 'not-connected']),
    },
    'a ready process that has not acknowledged it is waited for': {
      expected: [expected('a', true), expected('b', true)],
      streaming: [streaming('a', 5n), streaming('b', 4n)],
      status: pending(['b', 'not-acknowledged']),
    },
    'a process that is not ready and has no stream is not waited for': {
      expected: [expected('a', true), expected('b', false)],
      streaming: [streaming('a', 5n)],
      status: { kind: 'serving', processes: 1 },
    },
    'a process that is not ready and has nothing to serve is not waited for': {
      expected: [expected('a', true), expected('b', false)],
      streaming: [streaming('a', 5n), streaming('b')],
      status: { kind: 'serving', processes: 1 },
    },
    'a process that is not ready but has an older contract may become ready at any moment, and is waited for': {
      expected: [expected('a', true), expected('b', false), expected('c', false)],
      streaming: [streaming('a', 5n), streaming('b', 4n), streaming('c', undefined, { cameWithContract: true })],
      status: pending(['b', 'not-acknowledged'], ['c', 'not-acknowledged']),
    },
    'a process that is not ready serves as well once it has acknowledged it': {
      expected: [expected('a', false)],
      streaming: [streaming('a', 5n)],
      status: { kind: 'serving', processes: 1 },
    },
    'the only process is starting: pending': {
      expected: [expected('a', false)],
      streaming: [streaming('a')],
      status: pending(['a', 'not-acknowledged']),
    },
    'the only process is not ready and has no stream: no process': {
      expected: [expected('a', false)],
      status: { kind: 'no-process' },
    },
    'a connected process that is not expected is waited for': {
      expected: [expected('a', true)],
      streaming: [streaming('a', 5n), streaming('stranger')],
      status: pending(['stranger', 'not-acknowledged']),
    },
    'a process that is not ready and refuses it is told': {
      expected: [expected('a', true), expected('b', false)],
      streaming: [
        streaming('a', 5n),
        streaming('b', 5n, {
          refusedPartsOf: () => [{ resourceUid: 'r', egressUid: '', reason: 'Bad', message: 'bad' }],
        }),
      ],
      status: { kind: 'refused', refusals: [{ nodeId: 'b', reason: 'Bad', message: 'bad' }] },
    },
    'an expected process that refused all and left is told': {
      expected: [expected('a', true)],
      departed: [streaming('a', undefined, { refusedPush: oldEpoch })],
      status: { kind: 'refused', refusals: [{ nodeId: 'a', reason: 'OldEpoch', message: '' }] },
    },
    'one that left and is no longer expected is forgotten': {
      expected: [expected('b', true)],
      streaming: [streaming('b', 5n)],
      departed: [streaming('a', undefined, { refusedPush: oldEpoch })],
      status: { kind: 'serving', processes: 1 },
    },
    'the same name among processes of another kind is somebody else': {
      expected: [expected('a', true, { kind: 'dispatcher' }), expected('a', true)],
      streaming: [streaming('a', 5n)],
      status: pending(['a', 'not-connected']),
    },
  };
  for (const [name, row] of Object.entries(rows)) {
    test(name, () => {
      const roster = new Roster();
      roster.expect(row.expected);
      const participants = roster.participants(row.streaming ?? [], row.departed ?? []);
      assert.deepEqual(decideServingStatus(participants, 'r', undefined, at(5n)), row.status);
    });
  }
});

test('a Pod of the same name in another data plane stands for nobody but itself', () => {
  const roster = new Roster();
  roster.expect([expected('a', true), expected('a', false, { namespace: 'shop' })]);
  assert.deepEqual(roster.absent([streaming('a', 5n, { namespace: 'shop' })]), [expected('a', true)]);
});

test('who is absent is told, ready or not', () => {
  const roster = new Roster();
  assert.deepEqual(roster.absent([]), []);
  roster.expect([expected('a', true), expected('b', false), expected('c', true)]);
  assert.deepEqual(
    roster.absent([streaming('a')]).map(({ nodeId }) => nodeId),
    ['b', 'c'],
  );
});

test('expecting the same again makes no difference', () => {
  const roster = new Roster();
  assert.equal(roster.expect(undefined), false);
  assert.equal(roster.expect([expected('a', true)]), true);
  assert.equal(roster.expect([expected('a', true)]), false);
  assert.equal(roster.expect([expected('a', false)]), true);
  assert.equal(roster.expect(undefined), true);
});

describe('a resource', () => {
  const resource = (dataPlaneNamespace: string, kind: string) => ({
    dataPlaneNamespace,
    reference: { uuid: 'u', namespace: 'shop', name: 'n', kind, groupVersion: 'v', version: '' },
  });
  const rows: [
    namespace: string,
    resourceKinds: string[],
    dataPlaneNamespace: string,
    kind: string,
    serves: boolean,
  ][] = [
    ['', [], '', 'Broker', true],
    ['', ['Broker'], '', 'Broker', true],
    ['', ['KafkaSink', 'Broker'], '', 'Broker', true],
    ['', ['KafkaSink'], '', 'Broker', false],
    ['', [], 'shop', 'Broker', false],
    ['shop', [], 'shop', 'Broker', true],
    ['shop', [], '', 'Broker', false],
    ['shop', ['Broker'], 'other', 'Broker', false],
  ];
  for (const [namespace, resourceKinds, dataPlaneNamespace, kind, serves] of rows) {
    test(`of kind ${kind} and data plane "${dataPlaneNamespace}" is ${serves ? '' : 'not '}served by "${namespace}" with kinds [${resourceKinds.join()}]`, () => {
      assert.equal(servesResource({ namespace, resourceKinds }, resource(dataPlaneNamespace, kind)), serves);
    });
  }
});
