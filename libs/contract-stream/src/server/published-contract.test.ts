import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contractMessage, contractProblems, contractsEqual, type ContractState } from '@eventing-kafka/contract';
import fc from 'fast-check';
import { broker, stateOf, trigger, withResource } from '../../testing/contracts.ts';
import { PublishedContract } from './published-contract.ts';

/** Brokers that often claim the same paths, hosts and egress uids. */
const contracts: fc.Arbitrary<ContractState> = fc
  .uniqueArray(
    fc.record({
      uid: fc.constantFrom('r1', 'r2', 'r3'),
      path: fc.constantFrom('', '/', '/a', '/b', '/c'),
      host: fc.constantFrom('', '', 'one', 'two'),
      egresses: fc.uniqueArray(fc.nat(6), { maxLength: 3 }),
    }),
    { selector: ({ uid }) => uid },
  )
  .map((brokers) =>
    stateOf(
      ...brokers.map(({ uid, path, host, egresses }) =>
        broker(uid, 0, { ingress: { path, host }, egresses: egresses.map((index) => trigger('x', index)) }),
      ),
    ),
  );

describe('publishing', () => {
  test('accepts exactly the contracts without problems, whatever was published before', () => {
    fc.assert(
      fc.property(fc.array(contracts, { maxLength: 6 }), (states) => {
        const published = new PublishedContract(1n);
        for (const state of states) {
          const before = published.current;
          if (contractProblems(contractMessage(state, 1n)).length === 0) {
            assert.ok(contractsEqual(published.publish(state).state, state));
          } else {
            assert.throws(() => published.publish(state));
            assert.equal(published.current, before);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('keeps the objects of what did not change, however the contract was made', () => {
    const published = new PublishedContract(1n);
    const first = published.publish(stateOf(broker('a', 2), broker('b', 2))).state;
    const changed = broker('a', 2);
    changed.egresses[1] = trigger('a', 1, { consumerGroup: 'other' });
    const second = published.publish(stateOf(broker('b', 2), changed)).state;
    assert.equal(second.resources.get('b'), first.resources.get('b'));
    assert.equal(second.resources.get('a')?.egresses[0], first.resources.get('a')?.egresses[0]);
  });

  test('tells in which revision each part last changed', () => {
    const published = new PublishedContract(7n);
    const at = (generation: bigint) => ({ epoch: 7n, generation });
    const first = stateOf(broker('a', 2), broker('b', 1));
    published.publish(first);
    published.publish(withResource(first, broker('a', 3)));
    published.publish(withResource(first, broker('a', 3, { bootstrapServers: 'other:9092' })));
    published.publish(stateOf(broker('a', 1, { bootstrapServers: 'other:9092' })));
    const parts = [
      ['a', undefined],
      ['a', 'a-e0'],
      ['a', 'a-e2'],
      ['b', undefined],
      ['b', 'b-e0'],
    ] as const;
    assert.deepEqual(
      parts.map(([uid, egress]) => published.changedIn(uid, egress)),
      [at(3n), at(1n), undefined, undefined, undefined],
    );
  });

  test('goes on counting in a raised epoch, in which nothing changed by itself', () => {
    const published = new PublishedContract(7n);
    const first = stateOf(broker('a', 1));
    const { state } = published.publish(first);
    published.raiseEpoch(9n);
    assert.deepEqual(published.current, { revision: { epoch: 9n, generation: 1n }, state });
    assert.equal(published.publish(first), published.current);
    assert.deepEqual(published.changedIn('a', 'a-e0'), { epoch: 7n, generation: 1n });
    assert.deepEqual(published.publish(withResource(first, broker('b'))).revision, { epoch: 9n, generation: 2n });
    assert.deepEqual(published.changedIn('b', 'b-e0'), { epoch: 9n, generation: 2n });
  });
});
