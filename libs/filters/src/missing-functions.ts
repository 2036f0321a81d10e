import type { CesqlNode, CesqlStep } from './cesql/ast.ts';
import type { Filter } from './filter.ts';

/**
 * Names of the functions that a filter calls and that nobody gave when it was parsed, in upper case, each once. Such a call is an error of
 * every evaluation, so that the event does not pass.
 */
export function missingFunctions(filter: Filter): readonly string[] {
  return [...new Set(missingIn(filter))];
}

function* missingIn(filter: Filter): Generator<string, void, undefined> {
  switch (filter.kind) {
    case 'all':
    case 'any':
      for (const member of filter.members) yield* missingIn(member);
      return;
    case 'not':
      yield* missingIn(filter.member);
      return;
    case 'cesql':
      yield* missingInNode(filter.expression.root);
      return;
    default:
  }
}

function* missingInNode(node: CesqlNode): Generator<string, void, undefined> {
  if (node.kind === 'call' && node.callee === undefined) yield node.name.toUpperCase();
  for (const part of partsOf(node)) yield* missingInNode(part);
}

function partsOf(node: CesqlNode): readonly CesqlNode[] {
  switch (node.kind) {
    case 'not':
    case 'negate':
      return [node.operand];
    case 'call':
    case 'logic':
      return node.operands;
    case 'chain':
      return [node.first, ...node.steps.flatMap(partsOfStep)];
    default:
      return [];
  }
}

function partsOfStep(step: CesqlStep): readonly CesqlNode[] {
  switch (step.kind) {
    case 'arithmetic':
    case 'comparison':
      return [step.right];
    case 'in':
      return step.elements;
    case 'like':
      return [];
  }
}
