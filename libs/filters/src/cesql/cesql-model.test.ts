import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluateCesql, parseCesql } from './cesql.ts';
import type { CesqlValue } from './ast.ts';

/**
 * A second evaluator, written from the tables of the language without a thought for speed: every function takes results and gives a
 * result, and expressions are trees with one operator in each node.
 */
interface Result {
  readonly value: CesqlValue;
  readonly errors: readonly string[];
  /** Set while no operator has received a missing attribute, or the result of a division by zero. */
  readonly state?: 'missing' | 'undefined';
}
interface Tree {
  readonly text: string;
  readonly evaluate: () => Result;
}

const attributes: Readonly<Record<string, CesqlValue>> = { id: 'abc', five: 5, yes: true, digits: '12', zero: 0 };
const event = { attribute: (name: string): CesqlValue | undefined => attributes[name] };

function cast(result: Result, type: 'string' | 'number' | 'boolean'): Result {
  const { value, errors } = result;
  if (typeof value === type) return { value, errors };
  if (type === 'string') return { value: `${value}`, errors };
  if (typeof value === 'string') {
    const good = type === 'number' ? /^[+-]?\d+$/.test(value) : /^(true|false)$/i.test(value);
    if (!good) return { value: type === 'number' ? 0 : false, errors: [...errors, 'cast'] };
    return { value: type === 'number' ? Number.parseInt(value, 10) : value.toLowerCase() === 'true', errors };
  }
  return { value: type === 'number' ? Number(value) : Boolean(value), errors };
}

function comparison(operator: string, left: Tree, right: Tree): Result {
  const a = left.evaluate();
  if (a.state === 'missing') return { value: false, errors: a.errors };
  const b = right.evaluate();
  const errors = [...a.errors, ...b.errors];
  if (b.state !== undefined || a.state !== undefined) return { value: false, errors };
  if (operator === '=' || operator === '!=') {
    const c = cast({ value: a.value, errors }, typeof b.value as 'string');
    return { value: (c.value === b.value) === (operator === '='), errors: c.errors };
  }
  const x = cast({ value: a.value, errors }, 'number');
  const y = cast({ value: b.value, errors: x.errors }, 'number');
  const order = Math.sign(Number(x.value) - Number(y.value));
  const value = { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[operator];
  return { value: value ?? false, errors: y.errors };
}

function arithmetic(operator: string, left: Tree, right: Tree): Result {
  const a = left.evaluate();
  if (a.state === 'missing') return { value: 0, errors: a.errors };
  const b = right.evaluate();
  if (b.state === 'missing') return { value: 0, errors: [...a.errors, ...b.errors] };
  const x = cast({ value: a.value, errors: [...a.errors, ...b.errors] }, 'number');
  const y = cast({ value: b.value, errors: x.errors }, 'number');
  const [m, n] = [BigInt(Number(x.value)), BigInt(Number(y.value))];
  if (operator === '/' || operator === '%') {
    if (n === 0n) return { value: 0, errors: [...y.errors, 'math'], state: 'undefined' };
    return { value: Number(BigInt.asIntN(32, operator === '/' ? m / n : m % n)), errors: y.errors };
  }
  const exact = operator === '+' ? m + n : operator === '-' ? m - n : m * n;
  return { value: Number(BigInt.asIntN(32, exact)), errors: y.errors };
}

function logic(operator: string, left: Tree, right: Tree): Result {
  const a = cast(left.evaluate(), 'boolean');
  if (operator === 'AND' && a.value === false) return a;
  if (operator === 'OR' && a.value === true) return a;
  const b = cast(right.evaluate(), 'boolean');
  return { value: operator === 'XOR' ? a.value !== b.value : b.value, errors: [...a.errors, ...b.errors] };
}

function unary(operator: 'NOT' | '-', operand: Tree): Result {
  const result = operand.evaluate();
  if (result.state === 'missing') return { value: operator === 'NOT' ? false : 0, errors: result.errors };
  const { value, errors } = cast(result, operator === 'NOT' ? 'boolean' : 'number');
  return { value: operator === 'NOT' ? value === false : Number(BigInt.asIntN(32, -BigInt(Number(value)))), errors };
}

function isIn(negated: boolean, left: Tree, elements: readonly Tree[]): Result {
  const a = left.evaluate();
  const errors = [...a.errors];
  for (const element of elements) {
    const b = cast(element.evaluate(), typeof a.value as 'string');
    errors.push(...b.errors);
    if (b.value === a.value) return { value: !negated, errors };
  }
  return { value: negated, errors };
}

const leaf: fc.Arbitrary<Tree> = fc.oneof(
  fc
    .constantFrom(...Object.keys(attributes))
    .map((name) => ({ text: name, evaluate: () => ({ value: attributes[name] ?? '', errors: [] }) })),
  fc.constant({
    text: 'nope',
    evaluate: (): Result => ({ value: false, errors: ['missingAttribute'], state: 'missing' }),
  }),
  fc
    .constantFrom(0, 1, 2, -7, 2147483647, -2147483648)
    .map((value) => ({ text: String(value), evaluate: () => ({ value, errors: [] }) })),
  fc
    .constantFrom('', 'abc', 'TRUE', 'false', '5', '+05', 'x')
    .map((value) => ({ text: `'${value}'`, evaluate: () => ({ value, errors: [] }) })),
  fc.boolean().map((value) => ({ text: value ? 'TRUE' : 'false', evaluate: () => ({ value, errors: [] }) })),
  fc
    .constantFrom('id', 'nope')
    .map((name) => ({ text: `EXISTS ${name}`, evaluate: () => ({ value: name === 'id', errors: [] }) })),
);

const { tree } = fc.letrec<{ tree: Tree }>((tie) => {
  const pair = fc.tuple(tie('tree'), tie('tree'));
  const binary = (
    operators: readonly string[],
    evaluate: (operator: string, left: Tree, right: Tree) => Result,
  ): fc.Arbitrary<Tree> =>
    fc.tuple(fc.constantFrom(...operators), pair).map(([operator, [left, right]]) => ({
      text: `(${left.text}) ${operator} (${right.text})`,
      evaluate: () => evaluate(operator, left, right),
    }));
  return {
    tree: fc.oneof(
      { maxDepth: 6, depthSize: 'medium' },
      leaf,
      binary(['=', '!=', '<', '<=', '>', '>='], comparison),
      binary(['+', '-', '*', '/', '%'], arithmetic),
      binary(['AND', 'OR', 'XOR'], logic),
      fc.tuple(fc.constantFrom('NOT' as const, '-' as const), tie('tree')).map(([operator, operand]) => ({
        text: `${operator} (${operand.text})`,
        evaluate: () => unary(operator, operand),
      })),
      fc
        .tuple(fc.boolean(), tie('tree'), fc.array(tie('tree'), { minLength: 1, maxLength: 3 }))
        .map(([negated, left, elements]) => ({
          text: `(${left.text}) ${negated ? 'NOT IN' : 'IN'} (${elements.map(({ text }) => text).join(', ')})`,
          evaluate: () => isIn(negated, left, elements),
        })),
    ),
  };
});

test('value and errors are those of a naive evaluator', () => {
  fc.assert(
    fc.property(tree, ({ text, evaluate }) => {
      const { value, errors } = evaluateCesql(parseCesql(text), event);
      const expected = evaluate();
      assert.equal(value, expected.value);
      assert.deepEqual(
        errors.map(({ kind }) => kind),
        expected.errors,
      );
    }),
    { numRuns: 5000 },
  );
});
