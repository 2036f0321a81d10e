import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions } from './options.ts';
import { type Scenario, usualBars } from './scenario.ts';

const scenario = (name: string, inShortSet: boolean): Scenario => ({
  name,
  inShortSet,
  bars: usualBars,
  egresses: () => [],
  run: () => Promise.resolve(),
});
const given = { scenarios: [scenario('one', true), scenario('two', false)], defaultSeed: 7 };
const names = (args: readonly string[], env: NodeJS.ProcessEnv = {}): readonly string[] =>
  readOptions(args, env, given).chosen.map(({ name }) => name);

test('all scenarios run unless the short set is asked for, by flag or by the environment of CI', () => {
  assert.deepEqual(names([]), ['one', 'two']);
  assert.deepEqual(names(['--short']), ['one']);
  assert.deepEqual(names([], { LEDGER_SET: 'short' }), ['one']);
});

test('a scenario asked for by name runs, whatever the set', () => {
  assert.deepEqual(names(['--scenario=two', '--short']), ['two']);
});

test('the seed is the one given, or the default', () => {
  assert.equal(readOptions(['--seed=0'], {}, given).seed, 0);
  assert.equal(readOptions([], {}, given).seed, 7);
});

test('what makes no sense is refused with what is allowed', () => {
  assert.throws(() => readOptions(['--seed=x'], {}, given), /--seed takes a whole number from 0, not x/);
  assert.throws(() => readOptions(['--scenario=three'], {}, given), /one of one, two, not three/);
});
