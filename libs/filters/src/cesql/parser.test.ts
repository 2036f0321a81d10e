import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { isFilterError } from '../filter-error.ts';
import { evaluateCesql, parseCesql } from './cesql.ts';
import type { CesqlValue } from './ast.ts';

const attributes: Readonly<Record<string, string>> = { id: 'abc', type: 'x', n: '3', x1: 'one' };
const event = { attribute: (name: string): string | undefined => attributes[name] };

function valueOf(expression: string): CesqlValue {
  return evaluateCesql(parseCesql(expression), event).value;
}

describe('precedence', () => {
  const rows: readonly (readonly [expression: string, value: CesqlValue, meaning: string])[] = [
    ['NOT FALSE = FALSE', false, '(NOT FALSE) = FALSE'],
    ["NOT FALSE LIKE 'true'", true, "(NOT FALSE) LIKE 'true'"],
    ['NOT EXISTS nope', true, 'NOT (EXISTS nope)'],
    ["EXISTS id LIKE 'tr%'", true, "(EXISTS id) LIKE 'tr%'"],
    ['-2 * 3 + 1', -5, '((-2) * 3) + 1'],
    ['2 * 3 IN (3, 4)', 2, '2 * (3 IN (3, 4))'],
    ['2 + 3 * 4', 14, '2 + (3 * 4)'],
    ['10 - 3 - 2', 5, '(10 - 3) - 2'],
    ['100 / 10 / 5', 2, '(100 / 10) / 5'],
    ['1 + 1 = 2', true, '(1 + 1) = 2'],
    ['3 > 2 = TRUE', true, '(3 > 2) = TRUE'],
    ['FALSE AND TRUE OR TRUE', false, 'FALSE AND (TRUE OR TRUE)'],
    ['TRUE XOR TRUE AND FALSE', true, 'TRUE XOR (TRUE AND FALSE)'],
    ['TRUE OR TRUE XOR TRUE', true, 'TRUE OR (TRUE XOR TRUE)'],
    ["'a' IN ('a') LIKE 'true'", true, "('a' IN ('a')) LIKE 'true'"],
    ["id NOT IN ('abc') OR FALSE", false, "(id NOT IN ('abc')) OR FALSE"],
    ['1 NOT IN (2) AND TRUE', true, '(1 NOT IN (2)) AND TRUE'],
  ];
  for (const [expression, value, meaning] of rows) {
    test(`${expression} means ${meaning}`, () => {
      assert.equal(valueOf(expression), value);
      assert.equal(valueOf(meaning), value);
    });
  }
});

describe('lexical rules', () => {
  const rows: readonly (readonly [name: string, expression: string, value: CesqlValue])[] = [
    ['all white space is ignored', ' \t\r\n id\n=\t"abc" ', true],
    ['attribute names are lower-cased', 'ID = "abc"', true],
    ['attribute names may hold digits', "X1 = 'one'", true],
    ['EXISTS lower-cases its name', 'EXISTS TYPE', true],
    ['keywords and functions ignore case', "nOt falsE aNd lenGTH('ab') = 2", true],
    ['a minus before a literal subtracts after an operand', '4 -1', 3],
    ['no space is needed to subtract', '4-1', 3],
    ['a sign belongs to the literal elsewhere', '4 + -1', 3],
    ['a plus may sign a literal', '+5', 5],
    ['two minus signs cancel', '--10', 10],
    ['the smallest integer can be written', '-2147483648', -2147483648],
    ['a backslash before an ordinary character stays', "LENGTH('ab\\c')", 4],
    ['a backslash escapes the delimiter', "'it\\'s'", "it's"],
    ['a doubled delimiter stays, both characters', "LENGTH('it''s')", 5],
    ['the other delimiter needs nothing', `'say "hi"'`, 'say "hi"'],
    ['<> is !=', '1 <> 2', true],
    ['an empty text ends at its second delimiter', "LENGTH('')", 0],
  ];
  for (const [name, expression, value] of rows) {
    test(name, () => {
      assert.equal(valueOf(expression), value);
    });
  }
});

describe('parse errors name the column and what was expected', () => {
  const rows: readonly (readonly [expression: string, column: number, message: RegExp])[] = [
    ['', 1, /expected an attribute.*the expression ends/],
    ['ABS(', 5, /expected an attribute.*the expression ends/],
    ['id =', 5, /the expression ends/],
    ['id = = 1', 6, /there is "="/],
    ['id LIKE 123', 9, /the pattern as a text literal, but there is "123"/],
    ['id NOT LIKE type', 13, /text literal/],
    ['id IN ()', 8, /expected an attribute.*there is "\)"/],
    ['id IN 1', 7, /expected \(/],
    ['(1 + 2', 7, /expected \) or an operator/],
    ['1 2', 3, /expected an operator or the end/],
    ['id & type', 4, /there is "&"/],
    ['id = 😀', 6, /there is "😀"/],
    ["'abc", 5, /' to end the text that begins at column 1/],
    ["id = 'a\\'", 10, /to end the text that begins at column 6/],
    ['2147483648', 1, /integer from -2147483648/],
    ['-2147483649', 1, /integer from -2147483648/],
    ['my_ext = 1', 1, /attribute name of letters and digits/],
    ['F1(2)', 1, /function name/],
    ['EXISTS (id)', 8, /attribute name/],
    ['AND', 1, /expected an attribute/],
    ['NOT', 4, /the expression ends/],
    ['CONCAT(1,)', 10, /there is "\)"/],
    ['+ id', 1, /there is "\+"/],
  ];
  for (const [expression, column, message] of rows) {
    test(JSON.stringify(expression), () => {
      assert.throws(
        () => parseCesql(expression),
        (error) =>
          isFilterError(error) &&
          error.code === 'FILTER_SYNTAX' &&
          error.column === column &&
          error.expected !== undefined &&
          error.message.startsWith(`expression: column ${column}: expected `) &&
          message.test(error.message),
      );
    });
  }
});

describe('limits', () => {
  test('parentheses nest 99 levels below the outermost expression, and no deeper', () => {
    assert.equal(valueOf(`${'('.repeat(99)}1${')'.repeat(99)}`), 1);
    assert.throws(() => parseCesql(`${'('.repeat(100)}1${')'.repeat(100)}`), { code: 'FILTER_TOO_DEEP', column: 101 });
  });

  test('prefix operators nest as well', () => {
    assert.throws(() => parseCesql(`${'NOT '.repeat(200)}TRUE`), { code: 'FILTER_TOO_DEEP' });
    assert.throws(() => parseCesql(`${'-'.repeat(60_000)}id`), { code: 'FILTER_TOO_DEEP' });
  });

  test('an expression of more than 64 Ki characters is refused', () => {
    assert.throws(() => parseCesql(`'${'x'.repeat(65_536)}'`), { code: 'FILTER_TOO_LONG' });
  });

  test('chains as long as an expression may be are evaluated without a deep stack', () => {
    assert.equal(valueOf(`1${'+1'.repeat(32_000)}`), 32_001);
    assert.equal(valueOf(`TRUE${' AND TRUE'.repeat(7_000)}`), true);
    assert.equal(valueOf(`FALSE${' XOR TRUE'.repeat(7_001)}`), true);
    assert.equal(valueOf(`1${' IN(1)'.repeat(10_000)}`), true);
  });
});

test('any text is parsed or refused with a FilterError, and evaluated without an exception', () => {
  const token = fc.constantFrom(
    ...[
      '(',
      ')',
      ',',
      '+',
      '-',
      '*',
      '/',
      '%',
      '=',
      '!=',
      '<',
      '>=',
      'AND',
      'OR',
      'XOR',
      'NOT',
      'LIKE',
      'IN',
      'EXISTS',
      'TRUE',
    ],
    ...['id', 'missing', '1', '-1', "'a'", "'%a_'", 'LENGTH(', 'SUBSTRING(', 'CONCAT(', 'NOPE('],
  );
  const text = fc.oneof(
    fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(' ')),
    fc.string({ maxLength: 30, unit: 'binary' }),
  );
  fc.assert(
    fc.property(text, (expression) => {
      let parsed;
      try {
        parsed = parseCesql(expression);
      } catch (error) {
        assert.ok(isFilterError(error), String(error));
        return;
      }
      evaluateCesql(parsed, event);
    }),
    { numRuns: 3000 },
  );
});
