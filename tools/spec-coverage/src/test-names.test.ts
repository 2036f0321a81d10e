import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { testNames, textsOfJson } from './test-names.ts';

/** Each row is source, and the names in it when it is no file of tests, and what its tables add when it is one. */
const sources: readonly (readonly [
  what: string,
  source: string,
  called: readonly string[],
  tables: readonly string[],
])[] = [
  ['a test', `test('a', () => {});`, ['a'], []],
  ['a test by another name', `it("a"); await t.test('b', run);`, ['a', 'b'], []],
  ['a name with something in it', 'test(`a ${row} b`, () => {});', ['a '], []],
  ['a comment', `// test('a')\n/* test('b') */ /** 'c' */`, [], []],
  ['a name in another name', `test('b "a"', () => {});`, ['b "a"'], []],
  ['what is skipped', `test.skip('a', run); it.todo('b'); describe.skip('c', () => { test('d', run); });`, [], []],
  ['what is skipped by an option', `test('a', { skip: true }, run); test('b', { todo: 'c' }, run);`, [], []],
  [
    'what is skipped only here',
    `test('a', { skip: !hasKafka }, run); test('b', { skip: false }, run);`,
    ['a', 'b'],
    [],
  ],
  ['a group', `describe('a', () => { test('b', run); });`, ['b'], []],
  ['a message', `assert.equal(1, 1, 'a'); assert('b');`, [], []],
  ['an import', `import 'a'; import b from 'c';`, [], []],
  [
    'a table',
    `const rows = [['a', 1], { name: 'b', skip: true }, { 'c': 'd' }]; row('e', run);`,
    [],
    ['a', 'c', 'd', 'e'],
  ],
];

describe('names of tests', () => {
  for (const [what, source, called, tables] of sources)
    test(`in ${what}`, () => {
      assert.deepEqual(testNames(source, false), called);
      assert.deepEqual(testNames(source, true), [...called, ...tables]);
    });

  test('in JSON are its texts, keys and values; in anything else there are none', () => {
    assert.deepEqual(textsOfJson('[{ "a": "b" }, "c", 1, null]'), ['a', 'b', 'c']);
    assert.deepEqual(textsOfJson('a: b'), []);
  });
});
