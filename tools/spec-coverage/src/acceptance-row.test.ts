import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { casesOf, namedRows, parseRows } from './acceptance-row.ts';

describe('the rows that a name begins with', () => {
  for (const [name, rows] of [
    ['receiver 1.1 R-01 is shown', ['receiver 1.1 R-01']],
    ['dispatcher 2 D1, dispatcher 2 D10: both', ['dispatcher 2 D1', 'dispatcher 2 D10']],
    ['dispatcher 2 #12 (differs: why)', ['dispatcher 2 #12']],
    ['cesql 9 like_expression #3: a%', ['cesql 9 like_expression #3']],
    ['security 8 K1', ['security 8 K1']],
    ['security 8 K1: a list, security 8 K2', ['security 8 K1']],
    ['shows receiver 1.1 R-01', []],
    ['receiver 1.1 R-01a is none', []],
    ['receiver 1.1 says', []],
    ['control-plane 24.1 B1', []],
  ] as const)
    test(`of "${name}"`, () => assert.deepEqual(namedRows(name), rows));
});

test('rows have the section before their ids, and cases numbers behind them', () => {
  const [plain, table] = parseRows(
    JSON.stringify([
      { section: 'security 8', rows: [{ id: 'K1', what: 'x' }] },
      { section: 'cesql 9', rows: [{ id: 'literals', what: 'y', cases: 2 }] },
    ]),
  );
  assert.ok(plain && table);
  assert.deepEqual(casesOf(plain), ['security 8 K1']);
  assert.deepEqual(casesOf(table), ['cesql 9 literals #1', 'cesql 9 literals #2']);
});

test('an id that is there twice, and one that no name could begin with, is refused', () => {
  const file = (...ids: readonly string[]): string =>
    JSON.stringify([{ section: 'security 8', rows: ids.map((id) => ({ id, what: 'x' })) }]);
  assert.throws(() => parseRows(file('K1', 'K1')), /"security 8 K1" is there twice/);
  assert.throws(() => parseRows(file('first')), /"security 8 first" is no id of a row/);
});
