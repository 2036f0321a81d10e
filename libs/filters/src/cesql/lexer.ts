import { FilterError } from '../filter-error.ts';
import type { CesqlSymbol, Keyword, Token } from './token.ts';

const keywords: ReadonlySet<string> = new Set<Keyword>([
  'AND',
  'OR',
  'XOR',
  'NOT',
  'LIKE',
  'EXISTS',
  'IN',
  'TRUE',
  'FALSE',
]);
/** Longer ones first. */
const symbols: readonly CesqlSymbol[] = ['!=', '<>', '<=', '>=', '(', ')', ',', '+', '-', '*', '/', '%', '=', '<', '>'];
const space = /[ \t\r\n]+/y;
const word = /[A-Za-z0-9_]+/y;
const digits = /^[0-9]+$/;

/** The tokens of an expression, the last one of kind `end`. @throws FilterError at a character that begins none */
export function tokenize(expression: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = skipSpace(expression, 0);
  while (at < expression.length) {
    const token = readToken(expression, at);
    tokens.push(token);
    at = skipSpace(expression, token.end);
  }
  tokens.push({ kind: 'end', column: expression.length + 1, end: expression.length, text: '' });
  return tokens;
}

/** The error for `found` where `expected` was due. */
export function unexpected(expression: string, found: Token, expected: string): FilterError {
  const what =
    found.kind === 'end' ? 'the expression ends' : `there is ${quoted(expression.slice(found.column - 1, found.end))}`;
  return syntaxError(expression, found.column, expected, what);
}

/** The error for `what` (a clause) at a column where `expected` (a noun) was due. */
export function syntaxError(expression: string, column: number, expected: string, what: string): FilterError {
  return new FilterError('FILTER_SYNTAX', `column ${column}: expected ${expected}, but ${what}`, {
    expression,
    column,
    expected,
  });
}

function skipSpace(expression: string, at: number): number {
  space.lastIndex = at;
  return space.test(expression) ? space.lastIndex : at;
}

function readToken(expression: string, at: number): Token {
  const column = at + 1;
  word.lastIndex = at;
  const text = word.exec(expression)?.[0];
  if (text !== undefined) return wordToken(text, column);
  const character = expression.charAt(at);
  if (character === "'" || character === '"') return stringToken(expression, at, character);
  const symbol = symbols.find((candidate) => expression.startsWith(candidate, at));
  if (symbol !== undefined) return { kind: 'symbol', column, end: at + symbol.length, text: symbol };
  const shown = String.fromCodePoint(expression.codePointAt(at) ?? 0);
  throw syntaxError(expression, column, 'an operator, a name or a literal', `there is ${quoted(shown)}`);
}

function wordToken(text: string, column: number): Token {
  const end = column - 1 + text.length;
  if (digits.test(text)) return { kind: 'digits', column, end, text };
  const upper = text.toUpperCase();
  return isKeyword(upper) ? { kind: 'keyword', column, end, text: upper } : { kind: 'word', column, end, text };
}

function isKeyword(text: string): text is Keyword {
  return keywords.has(text);
}

/** `\` escapes the delimiter and is an ordinary character elsewhere; a doubled delimiter belongs to the text, both characters. */
function stringToken(expression: string, at: number, delimiter: string): Token {
  let text = '';
  let from = at + 1;
  for (let index = from; index < expression.length; index++) {
    const character = expression.charAt(index);
    if (character === '\\' && expression.charAt(index + 1) === delimiter) {
      text += expression.slice(from, index);
      index++;
      from = index;
    } else if (character === delimiter) {
      if (expression.charAt(index + 1) !== delimiter) {
        return { kind: 'string', column: at + 1, end: index + 1, text: text + expression.slice(from, index) };
      }
      index++;
    }
  }
  throw syntaxError(
    expression,
    expression.length + 1,
    `${delimiter} to end the text that begins at column ${at + 1}`,
    'the expression ends',
  );
}

function quoted(text: string): string {
  const short = text.length > 20 ? `${text.slice(0, 20)}…` : text;
  return JSON.stringify(short);
}
