import { isFilterError, parseCesql } from '@eventing-kafka/filters';
import type { FieldProblem } from './field-problem.ts';
import { invalidValue } from './field-problem.ts';
import { isJsonObject } from './json.ts';

/** Deeper nested filters are refused by the shape of the kind; this only keeps the walk from going on. */
const maxDepth = 64;

/** The CloudEvents SQL expressions in a list of filters that do not parse, wherever they are nested (control-plane 19). */
export function expressionProblems(filters: unknown, path: string, depth = 0): readonly FieldProblem[] {
  if (!Array.isArray(filters) || depth > maxDepth) return [];
  return filters.flatMap((filter, index) => nodeProblems(filter, `${path}[${index}]`, depth));
}

function nodeProblems(filter: unknown, path: string, depth: number): readonly FieldProblem[] {
  if (!isJsonObject(filter) || depth > maxDepth) return [];
  const { all, any, not, cesql } = filter;
  return [
    ...expressionProblems(all, `${path}.all`, depth + 1),
    ...expressionProblems(any, `${path}.any`, depth + 1),
    ...nodeProblems(not, `${path}.not`, depth + 1),
    ...(typeof cesql === 'string' && cesql !== '' ? expressionProblem(cesql, `${path}.cesql`) : []),
  ];
}

function expressionProblem(expression: string, path: string): readonly FieldProblem[] {
  try {
    parseCesql(expression);
    return [];
  } catch (error) {
    if (!isFilterError(error)) throw error;
    return [invalidValue(expression, path, error.problem)];
  }
}
