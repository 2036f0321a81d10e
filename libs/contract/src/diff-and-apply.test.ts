import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { contractStates, reordered } from '../testing/arbitraries.ts';
import { validEgress, validResource } from '../testing/contracts.ts';
import {
  applyDelta,
  contractState,
  contractsEqual,
  diffContracts,
  emptyContractState,
  isContractError,
  isEmptyDelta,
} from './index.ts';
import { contractOf } from '../testing/contracts.ts';

describe('diff and apply', () => {
  test('lead from any contract to any other', () => {
    fc.assert(
      fc.property(contractStates, contractStates, (before, after) => {
        const reached = applyDelta(before, diffContracts(before, after));
        assert.ok(contractsEqual(reached, after));
        assert.ok(isEmptyDelta(diffContracts(reached, after)));
      }),
      { numRuns: 500 },
    );
  });

  test('find nothing between a contract and the same one in another order', () => {
    fc.assert(
      fc.property(contractStates, (state) => {
        assert.ok(contractsEqual(state, reordered(state)));
        assert.ok(isEmptyDelta(diffContracts(state, reordered(state))));
      }),
    );
  });

  test('change nothing the second time', () => {
    fc.assert(
      fc.property(contractStates, contractStates, (before, after) => {
        const delta = diffContracts(before, after);
        const once = applyDelta(before, delta);
        const twice = applyDelta(once, delta);
        assert.deepEqual([twice.changedUids, twice.removedUids], [[], []]);
        assert.equal(twice.resources, once.resources);
      }),
    );
  });

  test('leave what is equal the same object, and name everything else', () => {
    fc.assert(
      fc.property(contractStates, contractStates, (before, after) => {
        const reached = applyDelta(before, diffContracts(before, reordered(after)));
        const changed = new Set(reached.changedUids);
        for (const [uid, resource] of reached.resources) {
          assert.equal(resource === before.resources.get(uid), !changed.has(uid));
          const old = new Map(before.resources.get(uid)?.egresses.map((egress) => [egress.uid, egress]));
          for (const egress of resource.egresses) {
            const oldEgress = old.get(egress.uid);
            if (oldEgress !== undefined && JSON.stringify(toPlain(oldEgress)) === JSON.stringify(toPlain(egress))) {
              assert.equal(egress, oldEgress);
            }
          }
        }
        const gone = [...before.resources.keys()].filter((uid) => !after.resources.has(uid));
        assert.deepEqual([...reached.removedUids].sort(), gone.sort());
      }),
      { numRuns: 300 },
    );
  });

  test('carry one egress when one egress changed', () => {
    const egresses = Array.from({ length: 10 }, (_, index) => validEgress({ uid: `trigger-${index}` }));
    const before = contractState(contractOf(validResource({ egresses })));
    const moved = validEgress({ uid: 'trigger-4', destination: 'http://elsewhere.example/' });
    const after = contractState(contractOf(validResource({ egresses: egresses.with(4, moved) })));
    assert.deepEqual(diffContracts(before, after), {
      changes: [{ uid: 'broker-1', resource: undefined, upsertedEgresses: [moved], removedEgressUids: [] }],
      removedResourceUids: [],
    });
  });

  test('carry a resource without its egresses when only its own part changed', () => {
    const before = contractState(contractOf(validResource()));
    const after = contractState(contractOf(validResource({ bootstrapServers: 'other:9092' })));
    const [change] = diffContracts(before, after).changes;
    assert.deepEqual(change?.resource, { ...validResource({ bootstrapServers: 'other:9092' }), egresses: [] });
    assert.deepEqual(change.upsertedEgresses, []);
    const [egress] = applyDelta(before, diffContracts(before, after)).resources.get('broker-1')!.egresses;
    assert.equal(egress, before.resources.get('broker-1')!.egresses[0]);
  });

  test('refuse to change a part of a resource that is not there', () => {
    const delta = diffContracts(
      contractState(contractOf(validResource({ egresses: [] }))),
      contractState(contractOf(validResource())),
    );
    assert.throws(
      () => applyDelta(emptyContractState, delta),
      (error) => isContractError(error) && error.code === 'CONTRACT_DELTA_MISMATCH',
    );
  });

  test('refuse a change that holds another resource than it names', () => {
    const change = { uid: 'broker-2', resource: validResource(), upsertedEgresses: [], removedEgressUids: [] };
    const delta = { changes: [change], removedResourceUids: [] };
    assert.throws(
      () => applyDelta(emptyContractState, delta),
      (error) => isContractError(error) && error.code === 'CONTRACT_DELTA_MISMATCH',
    );
  });
});

function toPlain(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, toPlain(each)]));
}
