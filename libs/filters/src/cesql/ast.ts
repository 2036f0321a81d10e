import type { CesqlFunction } from './function.ts';
import type { LikePattern } from './like-pattern.ts';

/** A value of the language: Boolean, Integer (32 bits, signed) or String. */
export type CesqlValue = boolean | number | string;

/** Names of the three types. */
export type CesqlType = 'boolean' | 'integer' | 'string';

/** A parsed expression. `column` counts UTF-16 units from 1. */
export type CesqlNode =
  | { readonly kind: 'literal'; readonly value: CesqlValue }
  /** `name` in lower case. */
  | { readonly kind: 'attribute'; readonly name: string; readonly column: number }
  | { readonly kind: 'exists'; readonly name: string }
  | { readonly kind: 'not'; readonly operand: CesqlNode; readonly column: number }
  | { readonly kind: 'negate'; readonly operand: CesqlNode; readonly column: number }
  /** `callee` is undefined if no function has that name and number of arguments. */
  | {
      readonly kind: 'call';
      readonly name: string;
      readonly callee: CesqlFunction | undefined;
      readonly operands: readonly CesqlNode[];
      readonly column: number;
    }
  /** `first` and then each step with what came before as its left side; flat, so that long chains need no stack. */
  | { readonly kind: 'chain'; readonly first: CesqlNode; readonly steps: readonly CesqlStep[] }
  /** Operands joined by one operator less, right-associative as in the published grammar; flat for the same reason. */
  | { readonly kind: 'logic'; readonly operands: readonly CesqlNode[]; readonly operators: readonly LogicOperator[] };

/** Operators on Booleans. */
export type LogicOperator = 'AND' | 'OR' | 'XOR';
/** Operators on Integers with an Integer result. */
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';
/** Operators with a Boolean result; `<>` is `!=`. */
export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/** What an infix operator does to the value on its left. */
export type CesqlStep =
  | {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly right: CesqlNode;
      readonly column: number;
    }
  | {
      readonly kind: 'comparison';
      readonly operator: ComparisonOperator;
      readonly right: CesqlNode;
      readonly column: number;
    }
  | { readonly kind: 'like'; readonly negated: boolean; readonly pattern: LikePattern; readonly column: number }
  | {
      readonly kind: 'in';
      readonly negated: boolean;
      readonly elements: readonly CesqlNode[];
      readonly column: number;
    };
