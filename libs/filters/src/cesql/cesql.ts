import type { EventAttributes } from '../event-attributes.ts';
import type { CesqlNode, CesqlType, CesqlValue } from './ast.ts';
import { castTo } from './casts.ts';
import { evaluateNode } from './evaluate.ts';
import type { ErrorSink } from './evaluate.ts';
import { FunctionTable } from './function.ts';
import type { CesqlErrorKind, CesqlFunction } from './function.ts';
import { parse } from './parser.ts';
import { standardFunctions } from './standard-functions.ts';

/** A parsed expression of CloudEvents SQL 1.0. */
export interface CesqlExpression {
  /** As it was written. */
  readonly source: string;
  readonly root: CesqlNode;
}

/** Something that went wrong in an evaluation. */
export interface CesqlError {
  readonly kind: CesqlErrorKind;
  readonly message: string;
  /** Of the attribute, operator or function, counted in UTF-16 units from 1; 0 for an operand of AND, OR or XOR. */
  readonly column: number;
}

/** Value and errors of an evaluation; with errors the value is what they leave. */
export interface CesqlResult {
  readonly value: CesqlValue;
  readonly errors: readonly CesqlError[];
}

/** Settings of parsing. */
export interface CesqlOptions {
  /**
   * Functions beside the standard ones. The place for functions that need more than the event, such as {@link verifyCorrelationId}:
   * they must answer from memory, because evaluation does no I/O.
   */
  readonly functions?: readonly CesqlFunction[];
}

const standardTable = new FunctionTable(standardFunctions);

/**
 * Parses an expression; `AND`, `OR` and `XOR` share one level and associate to the right, as in the published grammar, so parenthesise
 * where they are mixed. A function that does not exist is no error of parsing but of evaluation.
 *
 * @throws FilterError `FILTER_SYNTAX`, `FILTER_TOO_DEEP` or `FILTER_TOO_LONG`
 */
export function parseCesql(expression: string, options: CesqlOptions = {}): CesqlExpression {
  const { functions = [] } = options;
  const table = functions.length === 0 ? standardTable : new FunctionTable([...standardFunctions, ...functions]);
  return { source: expression, root: parse(expression, table) };
}

/** Value and all errors for an event. Evaluation does not stop at the first error: the language defines a value beside it. */
export function evaluateCesql(expression: CesqlExpression, event: EventAttributes): CesqlResult {
  const sink = new CollectedErrors();
  const value = evaluateNode(expression.root, event, sink);
  return { value, errors: sink.errors };
}

/**
 * Whether an event passes: nothing went wrong, and the value is true, or casts to it (`1`, `'TRUE'`).
 *
 * @param onError told the kind of the first error
 */
export function passesCesql(
  expression: CesqlExpression,
  event: EventAttributes,
  onError?: (kind: CesqlErrorKind) => void,
): boolean {
  const sink = new FirstError();
  const value = evaluateNode(expression.root, event, sink);
  const passes = typeof value === 'boolean' ? value : castTo(value, 'boolean');
  if (passes === undefined) sink.failCast();
  if (sink.kind !== undefined) onError?.(sink.kind);
  return sink.kind === undefined && passes === true;
}

class CollectedErrors implements ErrorSink {
  readonly errors: CesqlError[] = [];

  fail(kind: CesqlErrorKind, message: string, column: number): void {
    this.errors.push({ kind, message, column });
  }

  failCast(value: CesqlValue, type: CesqlType, column: number): void {
    const shown = JSON.stringify(typeof value === 'string' && value.length > 40 ? `${value.slice(0, 40)}…` : value);
    this.fail('cast', `${shown} cannot be cast to ${type}`, column);
  }
}

class FirstError implements ErrorSink {
  kind: CesqlErrorKind | undefined = undefined;

  fail(kind: CesqlErrorKind): void {
    this.kind ??= kind;
  }

  failCast(): void {
    this.kind ??= 'cast';
  }
}
