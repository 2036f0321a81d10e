import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName } from './nearest-name.ts';

for (const [name, expected] of [
  ['prot', 'port'],
  ['log-levle', 'log-level'],
  ['loglevel', 'log-level'],
  ['kafak', 'kafka'],
  ['x', undefined],
  ['completely-different', undefined],
] as const) {
  test(`the name nearest to ${name} is ${String(expected)}`, () => {
    assert.equal(nearestName(name, ['kafka', 'port', 'log-level', 'drain-timeout']), expected);
  });
}
