import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coverage, type NamedTest } from './coverage.ts';
import { coverageTable } from './coverage-table.ts';

const rows = [
  { id: 'receiver 20.1 R-01', what: 'the first' },
  { id: 'receiver 20.1 R-02', what: 'the second | other', reason: 'there is no such thing' },
  { id: 'cesql 9 literals', what: 'values', cases: 2 },
];
const named = (...names: readonly string[]): readonly NamedTest[] =>
  names.map((name) => ({ name, file: 'libs/a/src/a.test.ts' }));

test('a row without a test is missing, and so is each case without one', () => {
  const { rows: covered, contradictions } = coverage(rows, named('cesql 9 literals #2: text'));
  assert.deepEqual(
    covered.map(({ missing }) => missing),
    [['receiver 20.1 R-01'], [], ['cesql 9 literals #1']],
  );
  assert.deepEqual(contradictions, []);
});

test('a test of a row that does not exist is wrong, and so is a reason for a row that has a test', () => {
  const tests = named('receiver 20.1 R-03 typed wrongly', 'receiver 20.1 R-02 shown', 'security 6.1 X9: no table');
  const { contradictions } = coverage(rows, tests);
  assert.deepEqual(contradictions, [
    'there is no row receiver 20.1 R-03, which a test in libs/a/src/a.test.ts names',
    'receiver 20.1 R-02 has a reason why no test shows it, and a test',
  ]);
});

test('the table has a line for each row and test, and counts', () => {
  const tests = named('receiver 20.1 R-01: a', 'receiver 20.1 R-01: b', 'cesql 9 literals #1');
  assert.equal(
    coverageTable(coverage(rows, tests)),
    `| row | what it asks | test | file |
| --- | --- | --- | --- |
| receiver 20.1 R-01 | the first | receiver 20.1 R-01: a | libs/a/src/a.test.ts |
| receiver 20.1 R-01 | the first | receiver 20.1 R-01: b | libs/a/src/a.test.ts |
| receiver 20.1 R-02 | the second \\| other | none: there is no such thing |  |
| cesql 9 literals | values | 1 of 2 cases | libs/a/src/a.test.ts |

3 rows with 4 cases: 2 shown, 1 with a reason why not, 1 missing.

Missing:

- cesql 9 literals #2
`,
  );
});
