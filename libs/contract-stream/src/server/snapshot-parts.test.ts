import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contractsEqual, emptyContractState } from '@eventing-kafka/contract';
import fc from 'fast-check';
import { broker, stateOf } from '../../testing/contracts.ts';
import { SnapshotAssembler } from '../client/snapshot-assembler.ts';
import { SubscribeResponse } from '../generated/eventing_kafka/push/v1/push.ts';
import { EncodedSizes, snapshotParts } from './snapshot-parts.ts';

const revision = { epoch: 1n, generation: 1n };

describe('a snapshot in parts', () => {
  test('comes together as what it was, whatever the sizes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(6), { maxLength: 8 }),
        fc.integer({ min: 1, max: 4_000 }),
        fc.nat(3),
        (egresses, partBytes, bundles) => {
          const trustBundles = Array.from({ length: bundles }, (_, index) => `bundle ${index}`);
          const state = { ...stateOf(...egresses.map((count, index) => broker(`r${index}`, count))), trustBundles };
          const parts = [...snapshotParts(state, partBytes, new EncodedSizes())];
          assert.deepEqual(
            parts.map(({ moreFollows }) => moreFollows),
            parts.map((_, index) => index < parts.length - 1),
          );
          const assembler = new SnapshotAssembler(emptyContractState);
          for (const value of parts) {
            const response = SubscribeResponse.decode(
              SubscribeResponse.encode({ revision, push: { $case: 'snapshot', value } }).finish(),
            );
            if (response.push?.$case === 'snapshot') assembler.add(response.push.value);
          }
          assert.ok(contractsEqual(assembler.finish(), state));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('has no part larger than asked for, where pieces allow it', () => {
    const state = stateOf(...Array.from({ length: 50 }, (_, index) => broker(`r${index}`, index)));
    for (const value of snapshotParts(state, 10_000, new EncodedSizes())) {
      assert.ok(SubscribeResponse.encode({ revision, push: { $case: 'snapshot', value } }).finish().length <= 10_100);
    }
  });

  test('of nothing is one empty part', () => {
    assert.deepEqual(
      [...snapshotParts(emptyContractState, 100, new EncodedSizes())],
      [{ resources: [], trustBundles: [], moreFollows: false }],
    );
  });
});
