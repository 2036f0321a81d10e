import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RefusedPart } from '@eventing-kafka/contract';
import type { ServingStatus } from '../server-api.ts';
import { decideServingStatus, type Participant } from './serving-status.ts';

const at = (generation: bigint) => ({ epoch: 1n, generation });

function process(
  nodeId: string,
  generation: bigint | undefined,
  answers: { parts?: RefusedPart[]; refusedPush?: bigint; reason?: string } = {},
): Participant {
  return {
    nodeId,
    isConnected: true,
    isAwaited: true,
    acknowledged: generation === undefined ? undefined : at(generation),
    refusedPartsOf: (uid) => (answers.parts ?? []).filter(({ resourceUid }) => resourceUid === uid),
    refusedPush:
      answers.refusedPush === undefined
        ? undefined
        : { revision: at(answers.refusedPush), reason: answers.reason ?? 'OldEpoch', message: '' },
  };
}

function part(egressUid: string): RefusedPart {
  return { resourceUid: 'a', egressUid, reason: 'Bad', message: 'bad' };
}

function pending(nodeId: string, why: 'not-connected' | 'not-acknowledged' = 'not-acknowledged'): ServingStatus {
  return { kind: 'pending', nodeIds: [nodeId], waiting: [{ nodeId, why }] };
}

const bad = { reason: 'Bad', message: 'bad' };

describe('the serving status of egress e of resource a, changed in generation 5, is', () => {
  const rows: Record<string, [processes: Participant[], expected: ServingStatus]> = {
    'no-process without any': [[], { kind: 'no-process' }],
    'serving at the same generation': [[process('n', 5n)], { kind: 'serving', processes: 1 }],
    'serving at a later one': [[process('n', 9n), process('m', 5n)], { kind: 'serving', processes: 2 }],
    'pending before the first answer': [[process('n', undefined)], pending('n')],
    'pending at an earlier one': [[process('n', 4n), process('m', 5n)], pending('n')],
    'refused by its own refusal': [
      [process('n', 5n, { parts: [part('e')] })],
      { kind: 'refused', refusals: [{ nodeId: 'n', ...bad }] },
    ],
    'refused by that of its resource': [
      [process('n', 5n, { parts: [part('')] })],
      { kind: 'refused', refusals: [{ nodeId: 'n', ...bad }] },
    ],
    'serving beside a refused egress': [[process('n', 5n, { parts: [part('f')] })], { kind: 'serving', processes: 1 }],
    'pending while a refusal is of an earlier version': [[process('n', 4n, { parts: [part('e')] })], pending('n')],
    'refused rather than pending': [
      [process('n', 4n), process('m', 5n, { parts: [part('e')] })],
      { kind: 'refused', refusals: [{ nodeId: 'm', ...bad }] },
    ],
    'refused with the push that brought it': [
      [process('n', 4n, { refusedPush: 5n })],
      { kind: 'refused', refusals: [{ nodeId: 'n', reason: 'OldEpoch', message: '' }] },
    ],
    'refused with an earlier push of the same old epoch': [
      [process('n', undefined, { refusedPush: 3n })],
      { kind: 'refused', refusals: [{ nodeId: 'n', reason: 'OldEpoch', message: '' }] },
    ],
    'pending when another push than that was refused for its own sake': [
      [process('n', 3n, { refusedPush: 4n, reason: 'InvalidDelta' })],
      pending('n'),
    ],
    'pending at a process that is awaited but not connected': [
      [{ ...process('n', undefined), isConnected: false }, process('m', 5n)],
      pending('n', 'not-connected'),
    ],
    'serving beside a process that is not awaited': [
      [{ ...process('n', undefined), isAwaited: false }, process('m', 5n)],
      { kind: 'serving', processes: 1 },
    ],
    'pending at a process that is not awaited, when there is no other': [
      [{ ...process('n', undefined), isAwaited: false }],
      pending('n'),
    ],
    'serving when a later push was refused': [
      [process('n', 5n, { refusedPush: 6n })],
      { kind: 'serving', processes: 1 },
    ],
  };
  for (const [name, [processes, expected]] of Object.entries(rows)) {
    test(name, () => assert.deepEqual(decideServingStatus(processes, 'a', 'e', at(5n)), expected));
  }

  test('pending when it is not in the contract', () => {
    assert.deepEqual(decideServingStatus([process('n', 9n)], 'a', 'e', undefined), pending('n'));
  });
});
