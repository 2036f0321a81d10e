import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idleStep } from './idle-step.ts';

const times = { idleMs: 1_000, graceMs: 100 };

for (const [name, use, nowMs, expected] of [
  ['was just looked at', { isKnown: true, usedAtMs: 0, askedAtMs: undefined }, 999, 'keep'],
  ['was not looked at for long', { isKnown: true, usedAtMs: 0, askedAtMs: undefined }, 1_000, 'ask'],
  ['was asked about a moment ago', { isKnown: true, usedAtMs: 0, askedAtMs: 1_000 }, 1_099, 'keep'],
  ['was asked about in vain', { isKnown: true, usedAtMs: 0, askedAtMs: 1_000 }, 1_100, 'drop'],
  ['was looked at after it was asked about', { isKnown: true, usedAtMs: 1_050, askedAtMs: undefined }, 1_100, 'keep'],
  ['is not known yet', { isKnown: false, usedAtMs: 0, askedAtMs: undefined }, 1_000_000, 'keep'],
] as const) {
  test(`what ${name}: ${expected}`, () => assert.equal(idleStep(use, nowMs, times), expected));
}
