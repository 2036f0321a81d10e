import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideLease } from './lease-decision.ts';

const now = 1_700_000_000_000;
const held = { holder: 'other', durationMs: 15_000, transitions: 3, acquireTime: '', epoch: 7n };
const situation = { lease: held, unchangedForMs: 0, identity: 'me', leaseDurationMs: 15_000, now };

for (const [name, changes, expected] of [
  ['there is none', { lease: undefined }, 'acquire'],
  ['it was given up', { lease: { ...held, holder: '' } }, 'acquire'],
  ['it is held, and was just seen', {}, 'wait'],
  ['it is held, and a renewal is not yet due', { unchangedForMs: 14_999 }, 'wait'],
  ['its holder has been silent for as long as it said', { unchangedForMs: 15_000 }, 'acquire'],
  ['it is its own from an earlier life', { lease: { ...held, holder: 'me' } }, 'acquire'],
  ['its holder says nothing of how long', { lease: { ...held, durationMs: 0 } }, 'acquire'],
] as const) {
  test(`a candidate for a lease, when ${name}: ${expected}`, () => {
    assert.equal(decideLease({ ...situation, ...changes }).kind, expected);
  });
}

test('a candidate waits no longer than until the lease runs out', () => {
  assert.deepEqual(decideLease({ ...situation, unchangedForMs: 14_000 }), {
    kind: 'wait',
    holder: 'other',
    forMs: 1_000,
  });
});

for (const [name, lastEpoch, expected] of [
  ['the clock, if that is above the last one', 7n, BigInt(now)],
  ['one more than the last one, if the clock is not above it', BigInt(now), BigInt(now) + 1n],
  ['one more than the last one, if the clock was set back', BigInt(now) + 5_000n, BigInt(now) + 5_001n],
] as const) {
  test(`the epoch of a new leader is ${name}`, () => {
    const decision = decideLease({ ...situation, lease: { ...held, holder: '', epoch: lastEpoch } });
    assert.equal(decision.kind === 'acquire' ? decision.record.epoch : undefined, expected);
  });
}

test('a change of leader counts as a transition, the first one does not', () => {
  const after = (lease: typeof held | undefined): number | undefined => {
    const decision = decideLease({ ...situation, lease, unchangedForMs: 20_000 });
    return decision.kind === 'acquire' ? decision.record.transitions : undefined;
  };
  assert.deepEqual([after(undefined), after(held)], [0, 4]);
});
