import type { AdmissionRequest } from './admission-request.ts';
import type { FieldProblem } from './field-problem.ts';
import { invalidValue, notExactlyOne } from './field-problem.ts';
import { isSame, listAt, valueAt } from './json.ts';
import { shapeOf, specOf } from './structural-problems.ts';
import type { Shape } from './structural-problems.ts';
import { referenceProblems } from './validate-destination.ts';
import type { Judging } from './validate-destination.ts';
import { expressionProblems } from './validate-filters.ts';

/** What is wrong with an EventPolicy (security 4.1). */
export function validateEventPolicy({ object, oldObject, namespace }: AdmissionRequest, judging: Judging): Shape {
  const spec = specOf(object);
  const isNew = oldObject === undefined || !isSame(spec, specOf(oldObject));
  if (isNew && !judging.features.authenticationOidc) {
    const details =
      'without it nobody is asked who they are, and a policy would hold nobody back: set authentication-oidc in config-features';
    return { problems: [{ message: 'oidc-authentication feature not enabled', paths: [], details }], warnings: [] };
  }
  const filters = filterShape(valueAt(spec, 'filters'), namespace);
  return {
    problems: [
      ...listAt(spec, 'from').flatMap((from, index) => fromProblems(from, `spec.from[${index}]`)),
      ...listAt(spec, 'to').flatMap((to, index) => toProblems(to, `spec.to[${index}]`)),
      ...filters.problems,
    ],
    warnings: filters.warnings,
  };
}

function fromProblems(from: unknown, path: string): readonly FieldProblem[] {
  const ref = valueAt(from, 'ref');
  const sub = valueAt(from, 'sub');
  const problems: FieldProblem[] = [];
  if (ref === undefined && (sub === undefined || sub === ''))
    problems.push(notExactlyOne('neither', `${path}.ref`, `${path}.sub`));
  if (ref !== undefined && sub !== undefined) problems.push(notExactlyOne('both', `${path}.ref`, `${path}.sub`));
  if (ref !== undefined) problems.push(...referenceProblems(ref, `${path}.ref`));
  if (typeof sub === 'string' && sub.slice(0, -1).includes('*'))
    problems.push(invalidValue(sub, `${path}.sub`, "'*' is only allowed as suffix"));
  return problems;
}

function toProblems(to: unknown, path: string): readonly FieldProblem[] {
  const ref = valueAt(to, 'ref');
  const selector = valueAt(to, 'selector');
  const problems: FieldProblem[] = [];
  if ((ref === undefined) === (selector === undefined))
    problems.push(notExactlyOne(ref === undefined ? 'neither' : 'both', `${path}.ref`, `${path}.selector`));
  if (ref !== undefined) problems.push(...referenceProblems(ref, `${path}.ref`));
  return problems;
}

/** Filters of a policy are those of a Trigger, and are read as such. */
function filterShape(filters: unknown, namespace: string): Shape {
  if (filters === undefined) return { problems: [], warnings: [] };
  const { problems, warnings } = shapeOf('Trigger', namespace, { spec: { broker: 'any', subscriber: {}, filters } });
  const isTooLarge = problems.some(({ paths }) => paths.includes('spec.filters'));
  return {
    problems: isTooLarge ? problems : [...problems, ...expressionProblems(filters, 'spec.filters')],
    warnings,
  };
}
