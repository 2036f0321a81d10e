import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideShares } from './embedded-groups.ts';

test('shares are even, disjoint and complete, and nobody loses more than it must', () => {
  const case_ = fc.integer({ min: 1, max: 6 }).chain((members) =>
    fc.record({
      members: fc.constant(members),
      owners: fc.array(fc.integer({ min: -1, max: members - 1 }), { minLength: 1, maxLength: 12 }),
    }),
  );
  fc.assert(
    fc.property(case_, ({ members, owners }) => {
      const owned = Array.from(
        { length: members },
        (_, member) => new Set(owners.flatMap((owner, p) => (owner === member ? [p] : []))),
      );
      const shares = decideShares(owned, owners.length);
      const all = shares.flatMap((share) => [...share]).sort((a, b) => a - b);
      assert.deepEqual(
        all,
        owners.map((_, p) => p),
      );
      const sizes = shares.map((share) => share.size);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
      for (const [index, before] of owned.entries()) {
        const kept = [...before].filter((p) => shares[index]?.has(p) === true).length;
        assert.equal(kept, Math.min(before.size, sizes[index] ?? 0));
      }
    }),
  );
});
