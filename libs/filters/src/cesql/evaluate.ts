import type { AttributeValue, EventAttributes } from '../event-attributes.ts';
import type { ArithmeticOperator, CesqlNode, CesqlStep, CesqlType, CesqlValue, ComparisonOperator } from './ast.ts';
import { castTo, parseBoolean, parseInteger, typeOf, zeroOf } from './casts.ts';
import type { CesqlErrorKind } from './function.ts';
import { matchesLike } from './like-pattern.ts';

/** Takes note of what went wrong; evaluation goes on with the value that the error leaves. */
export interface ErrorSink {
  fail(kind: CesqlErrorKind, message: string, column: number): void;
  /** `value` cannot be cast to `type`. Apart from {@link fail} so that the message is only made where somebody reads it. */
  failCast(value: CesqlValue, type: CesqlType, column: number): void;
}

/** What a missing attribute is until an operator receives it, which then knows the type of its own result. */
const missing = Symbol('missing attribute');
/**
 * What a division by zero is until an operator receives it: 0, but a comparison with it is false whichever one it is. The conformance
 * kit asks for that (`TRUE AND 1 != 1 / 0` is false).
 */
const undefinedQuotient = Symbol('undefined quotient');
type Operand = CesqlValue | typeof missing | typeof undefinedQuotient;

/** Attributes that every event has. */
const requiredAttributes = new Set(['id', 'source', 'type', 'specversion']);

/** The value of an expression for an event. Always terminates and never throws, if the event's `attribute` does not. */
export function evaluateNode(node: CesqlNode, event: EventAttributes, sink: ErrorSink): CesqlValue {
  return new Evaluation(event, sink).value(node);
}

class Evaluation {
  readonly #event: EventAttributes;
  readonly #sink: ErrorSink;

  constructor(event: EventAttributes, sink: ErrorSink) {
    this.#event = event;
    this.#sink = sink;
  }

  value(node: CesqlNode): CesqlValue {
    return known(this.#operand(node));
  }

  #operand(node: CesqlNode): Operand {
    switch (node.kind) {
      case 'literal':
        return node.value;
      case 'attribute':
        return this.#attribute(node.name, node.column);
      case 'exists':
        return requiredAttributes.has(node.name) || this.#event.attribute(node.name) !== undefined;
      case 'not': {
        const operand = this.#operand(node.operand);
        return operand === missing ? false : !this.#boolean(known(operand), node.column);
      }
      case 'negate': {
        const operand = this.#operand(node.operand);
        return operand === missing ? 0 : -this.#integer(known(operand), node.column) | 0;
      }
      case 'call':
        return this.#call(node);
      case 'chain':
        return this.#chain(node.first, node.steps);
      case 'logic':
        return this.#logic(node);
    }
  }

  #attribute(name: string, column: number): Operand {
    const value = this.#event.attribute(name);
    if (value !== undefined) return attributeValue(value);
    this.#sink.fail('missingAttribute', `the event has no attribute ${name}`, column);
    return missing;
  }

  #chain(first: CesqlNode, steps: readonly CesqlStep[]): Operand {
    let left = this.#operand(first);
    for (const step of steps) left = this.#step(left, step);
    return left;
  }

  #step(left: Operand, step: CesqlStep): Operand {
    switch (step.kind) {
      case 'comparison': {
        if (left === missing) return false;
        const right = this.#operand(step.right);
        if (right === missing || left === undefinedQuotient || right === undefinedQuotient) return false;
        return this.#compare(left, step.operator, right, step.column);
      }
      case 'arithmetic': {
        if (left === missing) return 0;
        const right = this.#operand(step.right);
        return right === missing ? 0 : this.#compute(known(left), step.operator, known(right), step.column);
      }
      case 'like':
        return matchesLike(String(known(left)), step.pattern) !== step.negated;
      case 'in':
        return this.#isIn(known(left), step.elements, step.column) !== step.negated;
    }
  }

  #compare(left: CesqlValue, operator: ComparisonOperator, right: CesqlValue, column: number): boolean {
    switch (operator) {
      case '=':
        return this.#cast(left, typeOf(right), column) === right;
      case '!=':
        return this.#cast(left, typeOf(right), column) !== right;
      default:
        return inOrder(this.#integer(left, column), operator, this.#integer(right, column));
    }
  }

  #compute(left: CesqlValue, operator: ArithmeticOperator, right: CesqlValue, column: number): Operand {
    const a = this.#integer(left, column);
    const b = this.#integer(right, column);
    switch (operator) {
      case '+':
        return (a + b) | 0;
      case '-':
        return (a - b) | 0;
      case '*':
        return Math.imul(a, b);
      default:
        if (b === 0) {
          this.#sink.fail('math', 'division by zero', column);
          return undefinedQuotient;
        }
        return operator === '/' ? (a / b) | 0 : (a % b) | 0;
    }
  }

  /** Elements are cast to the type of the left side; the first equal one ends the search. */
  #isIn(left: CesqlValue, elements: readonly CesqlNode[], column: number): boolean {
    const type = typeOf(left);
    return elements.some((element) => this.#cast(this.value(element), type, column) === left);
  }

  /**
   * `a op1 b op2 c …` is `a op1 (b op2 (c …))`: once `AND` or `OR` is decided on its left, all that follows is. What `XOR` has on its
   * left turns the rest around.
   */
  #logic(node: CesqlNode & { readonly kind: 'logic' }): boolean {
    let turned = false;
    for (const [index, operand] of node.operands.entries()) {
      const value = this.#boolean(this.value(operand), 0);
      const operator = node.operators[index];
      if (operator === undefined) return value !== turned;
      if (operator === 'XOR') turned = turned !== value;
      else if (value === (operator === 'OR')) return value !== turned;
    }
    return turned;
  }

  #call(node: CesqlNode & { readonly kind: 'call' }): CesqlValue {
    const { callee, column, operands } = node;
    if (callee === undefined) {
      this.#sink.fail(
        'missingFunction',
        `there is no function ${node.name} with ${operands.length} argument(s)`,
        column,
      );
      return false;
    }
    const values = operands.map((operand, index) => {
      const type = callee.parameters[index] ?? callee.rest ?? 'string';
      return this.#cast(this.value(operand), type, column);
    });
    try {
      return callee.evaluate(values, (kind, message) => {
        this.#sink.fail(kind, `${callee.name}: ${message}`, column);
      });
    } catch (error) {
      this.#sink.fail('generic', `${callee.name}: ${error instanceof Error ? error.message : String(error)}`, column);
      return false;
    }
  }

  #cast(value: CesqlValue, type: CesqlType, column: number): CesqlValue {
    const cast = castTo(value, type);
    if (cast !== undefined) return cast;
    this.#sink.failCast(value, type, column);
    return zeroOf(type);
  }

  #integer(value: CesqlValue, column: number): number {
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean') return value ? 1 : 0;
    const integer = parseInteger(value);
    if (integer !== undefined) return integer;
    this.#sink.failCast(value, 'integer', column);
    return 0;
  }

  #boolean(value: CesqlValue, column: number): boolean {
    if (typeof value !== 'string') return Boolean(value);
    const boolean = parseBoolean(value);
    if (boolean !== undefined) return boolean;
    this.#sink.failCast(value, 'boolean', column);
    return false;
  }
}

/** Where the type of a missing attribute cannot be known, it is false. */
function known(operand: Operand): CesqlValue {
  return operand === missing ? false : operand === undefinedQuotient ? 0 : operand;
}

function inOrder(left: number, operator: '<' | '<=' | '>' | '>=', right: number): boolean {
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

/** A number beyond 32 bits, such as a Kafka offset, is no Integer of the language: it is text. */
function attributeValue(value: AttributeValue): CesqlValue {
  return typeof value === 'number' && value !== (value | 0) ? String(value) : value;
}
