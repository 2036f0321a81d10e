import { FilterError } from '../filter-error.ts';
import type { ArithmeticOperator, CesqlNode, CesqlStep, ComparisonOperator, LogicOperator } from './ast.ts';
import type { FunctionTable } from './function.ts';
import { syntaxError, tokenize, unexpected } from './lexer.ts';
import { likePattern } from './like-pattern.ts';
import { maxExpressionDepth, maxExpressionLength } from './limits.ts';
import type { CesqlSymbol, Keyword, Token } from './token.ts';

/**
 * How tightly infix operators bind. Prefix operators bind tighter than all of them: `NOT a LIKE 'x'` is `(NOT a) LIKE 'x'`. `AND`,
 * `OR` and `XOR` are handled apart, because they associate to the right and on one common level.
 */
const precedence = { comparison: 1, additive: 2, multiplicative: 3, in: 4, like: 5 } as const;

const comparisons: Readonly<Partial<Record<CesqlSymbol, ComparisonOperator>>> = {
  '=': '=',
  '!=': '!=',
  '<>': '!=',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};
const additive: Readonly<Partial<Record<CesqlSymbol, ArithmeticOperator>>> = { '+': '+', '-': '-' };
const multiplicative: Readonly<Partial<Record<CesqlSymbol, ArithmeticOperator>>> = { '*': '*', '/': '/', '%': '%' };
const functionName = /^[A-Za-z][A-Za-z_]*$/;
const attributeName = /^[A-Za-z0-9]+$/;
const expression = 'an attribute, a literal, a function, NOT, EXISTS, - or (';

/** The tree of an expression. @throws FilterError `FILTER_SYNTAX`, `FILTER_TOO_DEEP`, `FILTER_TOO_LONG` */
export function parse(text: string, functions: FunctionTable): CesqlNode {
  if (text.length > maxExpressionLength) {
    const problem = `the expression has ${text.length} characters, at most ${maxExpressionLength} are allowed`;
    throw new FilterError('FILTER_TOO_LONG', problem, { expression: text.slice(0, 100) });
  }
  return new Parser(text, functions).parse();
}

class Parser {
  readonly #text: string;
  readonly #functions: FunctionTable;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(text: string, functions: FunctionTable) {
    this.#text = text;
    this.#functions = functions;
    this.#tokens = tokenize(text);
  }

  parse(): CesqlNode {
    const node = this.#expression();
    if (this.#peek().kind !== 'end')
      throw unexpected(this.#text, this.#peek(), 'an operator or the end of the expression');
    return node;
  }

  #expression(): CesqlNode {
    return this.#nested(() => {
      const operands = [this.#chain(0)];
      const operators: LogicOperator[] = [];
      for (let operator = this.#logicOperator(); operator !== undefined; operator = this.#logicOperator()) {
        operators.push(operator);
        operands.push(this.#chain(0));
      }
      const [first] = operands;
      return first !== undefined && operators.length === 0 ? first : { kind: 'logic', operands, operators };
    });
  }

  #logicOperator(): LogicOperator | undefined {
    const token = this.#peek();
    if (token.kind !== 'keyword' || (token.text !== 'AND' && token.text !== 'OR' && token.text !== 'XOR'))
      return undefined;
    this.#index++;
    return token.text;
  }

  /** An operand and the infix operators after it that bind at least as tightly as `least`. */
  #chain(least: number): CesqlNode {
    const first = this.#prefix();
    const steps: CesqlStep[] = [];
    for (let step = this.#step(least); step !== undefined; step = this.#step(least)) steps.push(step);
    return steps.length === 0 ? first : { kind: 'chain', first, steps };
  }

  #step(least: number): CesqlStep | undefined {
    const token = this.#peek();
    if (token.kind === 'symbol') return this.#symbolStep(token.text, token.column, least);
    if (token.kind !== 'keyword') return undefined;
    const negated = token.text === 'NOT';
    const operator = negated ? this.#peek(1) : token;
    if (operator.kind !== 'keyword') return undefined;
    if (operator.text === 'LIKE' && precedence.like >= least) {
      this.#index += negated ? 2 : 1;
      return { kind: 'like', negated, pattern: likePattern(this.#stringLiteral()), column: token.column };
    }
    if (operator.text === 'IN' && precedence.in >= least) {
      this.#index += negated ? 2 : 1;
      this.#expectSymbol('(');
      return { kind: 'in', negated, elements: this.#list(), column: token.column };
    }
    return undefined;
  }

  #symbolStep(symbol: CesqlSymbol, column: number, least: number): CesqlStep | undefined {
    const comparison = comparisons[symbol];
    if (comparison !== undefined) {
      if (precedence.comparison < least) return undefined;
      this.#index++;
      return { kind: 'comparison', operator: comparison, right: this.#chain(precedence.comparison + 1), column };
    }
    const level = additive[symbol] === undefined ? precedence.multiplicative : precedence.additive;
    const operator = additive[symbol] ?? multiplicative[symbol];
    if (operator === undefined || level < least) return undefined;
    this.#index++;
    return { kind: 'arithmetic', operator, right: this.#chain(level + 1), column };
  }

  #prefix(): CesqlNode {
    const token = this.#next();
    switch (token.kind) {
      case 'string':
        return { kind: 'literal', value: token.text };
      case 'digits':
        return { kind: 'literal', value: this.#integer(token.text, token.column) };
      case 'word':
        return this.#peek().text === '(' && this.#peek().kind === 'symbol' ? this.#call(token) : this.#attribute(token);
      case 'keyword':
        return this.#keyword(token.text, token);
      case 'symbol':
        return this.#symbol(token.text, token);
      case 'end':
        throw unexpected(this.#text, token, expression);
    }
  }

  #keyword(keyword: Keyword, token: Token): CesqlNode {
    switch (keyword) {
      case 'TRUE':
      case 'FALSE':
        return { kind: 'literal', value: keyword === 'TRUE' };
      case 'NOT':
        return this.#nested(() => ({ kind: 'not', operand: this.#prefix(), column: token.column }));
      case 'EXISTS':
        return { kind: 'exists', name: this.#attributeName(this.#next()) };
      default:
        throw unexpected(this.#text, token, expression);
    }
  }

  #symbol(symbol: CesqlSymbol, token: Token): CesqlNode {
    if (symbol === '(') {
      const inner = this.#expression();
      this.#expectSymbol(')');
      return inner;
    }
    const digits = this.#peek();
    // A sign right before a digit belongs to the literal: only so can the smallest Integer be written.
    if ((symbol === '-' || symbol === '+') && digits.kind === 'digits' && digits.column === token.end + 1) {
      this.#index++;
      return { kind: 'literal', value: this.#integer(symbol + digits.text, token.column) };
    }
    if (symbol === '-') return this.#nested(() => ({ kind: 'negate', operand: this.#prefix(), column: token.column }));
    throw unexpected(this.#text, token, expression);
  }

  #call(name: Token): CesqlNode {
    if (!functionName.test(name.text)) throw unexpected(this.#text, name, 'a function name of letters and _');
    this.#index++;
    const operands = this.#isSymbol(')') ? this.#emptyList() : this.#list();
    return {
      kind: 'call',
      name: name.text,
      callee: this.#functions.find(name.text, operands.length),
      operands,
      column: name.column,
    };
  }

  #emptyList(): readonly CesqlNode[] {
    this.#index++;
    return [];
  }

  /** One or more expressions and the closing parenthesis. */
  #list(): readonly CesqlNode[] {
    const elements = [this.#expression()];
    while (this.#isSymbol(',')) {
      this.#index++;
      elements.push(this.#expression());
    }
    this.#expectSymbol(')');
    return elements;
  }

  #attribute(token: Token): CesqlNode {
    return { kind: 'attribute', name: this.#attributeName(token), column: token.column };
  }

  #attributeName(token: Token): string {
    const named = token.kind === 'word' || token.kind === 'digits';
    if (named && attributeName.test(token.text)) return token.text.toLowerCase();
    throw unexpected(this.#text, token, 'an attribute name of letters and digits');
  }

  #integer(text: string, column: number): number {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value === (value | 0)) return value === 0 ? 0 : value;
    throw syntaxError(
      this.#text,
      column,
      'an integer from -2147483648 to 2147483647',
      `there is ${text.length > 20 ? 'a longer one' : text}`,
    );
  }

  #stringLiteral(): string {
    const token = this.#next();
    if (token.kind !== 'string') throw unexpected(this.#text, token, 'the pattern as a text literal');
    return token.text;
  }

  #expectSymbol(symbol: '(' | ')'): void {
    if (!this.#isSymbol(symbol))
      throw unexpected(this.#text, this.#peek(), symbol === ')' ? ') or an operator' : symbol);
    this.#index++;
  }

  #isSymbol(symbol: CesqlSymbol): boolean {
    const token = this.#peek();
    return token.kind === 'symbol' && token.text === symbol;
  }

  #nested<T>(read: () => T): T {
    if (this.#depth >= maxExpressionDepth) {
      const { column } = this.#peek();
      const problem = `column ${column}: nested deeper than ${maxExpressionDepth} levels`;
      throw new FilterError('FILTER_TOO_DEEP', problem, { expression: this.#text, column });
    }
    this.#depth++;
    const result = read();
    this.#depth--;
    return result;
  }

  #peek(ahead = 0): Token {
    const last = this.#tokens.length - 1;
    const token = this.#tokens[Math.min(this.#index + ahead, last)];
    if (token === undefined) throw new RangeError('an expression has at least its end token');
    return token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#index++;
    return token;
  }
}
