import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareRevisions } from './index.ts';

test('revisions are ordered by epoch, then by generation', () => {
  const revision = (epoch: bigint, generation: bigint) => ({ epoch, generation });
  const ordered = [
    revision(1n, 1n),
    revision(1n, 2n),
    revision(1n, 2n ** 64n - 1n),
    revision(2n, 1n),
    revision(10n, 0n),
  ];
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries()) assert.equal(Math.sign(compareRevisions(a, b)), Math.sign(i - j));
  }
});
