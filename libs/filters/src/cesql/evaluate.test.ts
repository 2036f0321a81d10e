import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AttributeValue } from '../event-attributes.ts';
import { evaluateCesql, parseCesql, passesCesql } from './cesql.ts';
import type { CesqlValue } from './ast.ts';

const attributes: Readonly<Record<string, AttributeValue>> = {
  id: 'abc',
  source: '/s',
  type: 't',
  specversion: '1.0',
  sequence: '5',
  flag: true,
  count: 7,
  offset: 5_000_000_000,
  time: '2018-04-26T14:48:00+02:00',
};
const event = { attribute: (name: string): AttributeValue | undefined => attributes[name] };

type Row = readonly [expression: string, value: CesqlValue, ...errors: string[]];

function table(name: string, rows: readonly Row[]): void {
  describe(name, () => {
    for (const [expression, value, ...errors] of rows) {
      test(`${expression} is ${JSON.stringify(value)} ${errors.join(' ')}`, () => {
        const result = evaluateCesql(parseCesql(expression), event);
        assert.equal(result.value, value);
        assert.deepEqual(
          result.errors.map(({ kind }) => kind),
          errors,
        );
      });
    }
  });
}

table('types and casts', [
  ['count', 7],
  ['flag', true],
  ['offset', '5000000000'],
  ['time', '2018-04-26T14:48:00+02:00'],
  ["INT('+5')", 5],
  ["INT('007')", 7],
  ["INT('-0')", 0],
  ["INT(' 5 ')", 0, 'cast'],
  ["INT('5.0')", 0, 'cast'],
  ["INT('١')", 0, 'cast'],
  ["INT('2147483648')", 0, 'cast'],
  ["BOOL('TrUe')", true],
  ["BOOL('yes')", false, 'cast'],
  ['BOOL(-3)', true],
  ['STRING(-7)', '-7'],
  ["IS_INT('x')", false],
  ["IS_INT('12')", true],
  ["IS_BOOL('False')", true],
  ["IS_BOOL('1')", false],
]);

table('implicit casts: the right operand of an equality decides, the left of IN', [
  ["'TRUE' = TRUE", true],
  ["TRUE = 'TRUE'", false],
  ['sequence = 5', true],
  ['5 = sequence', true],
  ["'05' = 5", true],
  ["5 = '05'", false],
  ["'x' = 0", true, 'cast'],
  ["1 IN ('1')", true],
  ["'1' IN (1)", true],
  ["'01' IN (1)", false],
  ["1 IN ('x', 2)", false, 'cast'],
  ['1 IN (1, 1 / 0)', true],
]);

table('arithmetic', [
  ['-7 / 2', -3],
  ['-7 % 2', -1],
  ['7 % -2', 1],
  ['2147483647 + 1', -2147483648],
  ['-2147483648 - 1', 2147483647],
  ['65536 * 65536', 0],
  ['-2147483648 / -1', -2147483648],
  ['-(-2147483648)', -2147483648],
  ['5 / 0', 0, 'math'],
  ['5 % 0', 0, 'math'],
  ['5 / 0 = 0', false, 'math'],
  ['1 / 0 + 2', 2, 'math'],
  ['TRUE AND 1 != 1 / 0', false, 'math'],
  ['ABS(-2147483648)', 2147483647, 'math'],
]);

table('functions', [
  ["LENGTH('😀')", 2],
  ["LENGTH('')", 0],
  ["LEFT('abc', 0)", ''],
  ["LEFT('abc', 9)", 'abc'],
  ["RIGHT('abc', 0)", ''],
  ["RIGHT('abc', 9)", 'abc'],
  ["SUBSTRING('abc', 2, 1)", 'b'],
  ["SUBSTRING('abc', 2, 9)", 'bc'],
  ["SUBSTRING('abc', -2)", 'bc'],
  ["SUBSTRING('abc', -3, 1)", 'a'],
  ["SUBSTRING('abc', -4)", '', 'functionEvaluation'],
  ["SUBSTRING('abc', 4)", '', 'functionEvaluation'],
  ["SUBSTRING('abc', 1, -1)", '', 'functionEvaluation'],
  ["CONCAT_WS('-', 'a', 1, TRUE)", 'a-1-true'],
  ['CONCAT_WS()', false, 'missingFunction'],
  ['LENGTH()', false, 'missingFunction'],
  ["LENGTH('a', 'b')", false, 'missingFunction'],
  ['UNKNOWN(1)', false, 'missingFunction'],
  ["TRIM('\u00a0\u0085\u2003 a b \u3000\n')", 'a b'],
  ["UPPER('straße')", 'STRASSE'],
]);

table('missing attributes: the operator that receives one gives the zero of its own type', [
  ['missing', false, 'missingAttribute'],
  ['(missing)', false, 'missingAttribute'],
  ['missing / 0', 0, 'missingAttribute'],
  ['missing = 2', false, 'missingAttribute'],
  ['missing != 2', false, 'missingAttribute'],
  ['missing < 2', false, 'missingAttribute'],
  ['NOT missing', false, 'missingAttribute'],
  ['missing * 5', 0, 'missingAttribute'],
  ['EXISTS missing', false],
  ["NOT (missing = 'x')", true, 'missingAttribute'],
  ["TRUE OR missing = 'x'", true],
  ["FALSE AND missing = 'x'", false],
  ['missing OR TRUE', true, 'missingAttribute'],
  ['missing XOR TRUE', true, 'missingAttribute'],
  ["missing LIKE 'fal%'", true, 'missingAttribute'],
  ["missing NOT LIKE 'x'", true, 'missingAttribute'],
  ["missing IN ('x')", true, 'missingAttribute', 'cast'],
  ['0 IN (missing)', true, 'missingAttribute'],
  ['LENGTH(missing)', 5, 'missingAttribute'],
  ["NOT 'x'", true, 'cast'],
  ["'x' OR TRUE", true, 'cast'],
]);

describe('as a filter, any error rejects', () => {
  const rows: readonly (readonly [expression: string, passes: boolean])[] = [
    ["NOT (m = 'x')", false],
    ["m = 'x' OR TRUE", false],
    ["TRUE OR m = 'x'", true],
    ['1 != 1 / 0', false],
    ['m OR TRUE', false],
    ["m LIKE '%'", false],
    ["m NOT LIKE 'x'", false],
    ["m IN ('x')", false],
    ['LENGTH(m) = 5', false],
    ["NOT 'x'", false],
    ["'x' = 0", false],
    ["'a' <= 'b'", false],
    ["INT('x') = 0", false],
    ['5 / 0 = 0', false],
    ['NOT UNKNOWN(1)', false],
    ['NOT 10', false],
    ["'abc'", false],
    ["'TRUE'", true],
    ["'FALSE'", false],
    ['1', true],
    ['-1', true],
    ['0', false],
  ];
  for (const [expression, passes] of rows) {
    test(`${expression} ${passes ? 'passes' : 'does not pass'}`, () => {
      assert.equal(passesCesql(parseCesql(expression), event), passes);
    });
  }

  test('the kind of the first error is told', () => {
    const kinds: string[] = [];
    passesCesql(parseCesql("m = 1 OR 'x'"), event, (kind) => kinds.push(kind));
    passesCesql(parseCesql("'abc'"), event, (kind) => kinds.push(kind));
    assert.deepEqual(kinds, ['missingAttribute', 'cast']);
  });
});

describe('functions of the caller', () => {
  const verify = {
    name: 'KN_VERIFY_CORRELATION_ID',
    parameters: ['string', 'string', 'string', 'string', 'integer', 'integer'],
    evaluate: ([replyId, , , , podIndex]: readonly CesqlValue[]): CesqlValue => {
      if (replyId === 'throw') throw new TypeError('broken');
      return replyId === 'abc' && podIndex === 1;
    },
  } as const;
  const options = { functions: [verify] };

  test('are found by name and number of arguments, with cast arguments', () => {
    const expression = "kn_verify_correlation_id(id, 'n', 'ns', 'secret', '1', 3)";
    assert.equal(passesCesql(parseCesql(expression, options), event), true);
    assert.deepEqual(evaluateCesql(parseCesql(expression), event).errors[0]?.kind, 'missingFunction');
  });

  test('that throw are an error of the evaluation', () => {
    const expression = parseCesql("KN_VERIFY_CORRELATION_ID('throw', 'n', 'ns', 'secret', 1, 3)", options);
    const { errors } = evaluateCesql(expression, event);
    assert.deepEqual(errors, [{ kind: 'generic', message: 'KN_VERIFY_CORRELATION_ID: broken', column: 1 }]);
  });
});

describe('hostile expressions stay within bounds', () => {
  test('texts cannot be doubled beyond a limit', () => {
    const big = { attribute: (): string => 'x'.repeat(100_000) };
    const { value, errors } = evaluateCesql(parseCesql(`LENGTH(CONCAT(${Array(20).fill('x').join(',')}))`), big);
    assert.equal(value, 0);
    assert.deepEqual(
      errors.map(({ kind }) => kind),
      ['functionEvaluation'],
    );
  });

  test('error messages hold only the beginning of a value', () => {
    const big = { attribute: (): string => 'x'.repeat(100_000) };
    const [error] = evaluateCesql(parseCesql('x = 1'), big).errors;
    assert.ok((error?.message.length ?? 0) < 100);
    assert.equal(error?.column, 3);
  });
});
