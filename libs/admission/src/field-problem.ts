import { pathText } from '@eventing-kafka/resources';
import type { StructuralProblem } from '@eventing-kafka/resources';

/** What is wrong with an object, in the words in which Knative's webhooks say it: `invalid value: Pod: spec.config.kind`. */
export interface FieldProblem {
  readonly message: string;
  /** Where it is written: `spec.filters[0].exact`; none: it is about the object as a whole. */
  readonly paths: readonly string[];
  /** A further line, for what the message leaves open. */
  readonly details?: string;
}

/** A field that has to be there is not, or is empty. */
export function missingField(path: string): FieldProblem {
  return { message: 'missing field(s)', paths: [path] };
}

/** A value that is not allowed. A long one is cut: the answer of a webhook is read in a terminal. */
export function invalidValue(value: unknown, path: string, details?: string): FieldProblem {
  const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
  return {
    message: `invalid value: ${text.length > 120 ? `${text.slice(0, 120)}…` : text}`,
    paths: [path],
    ...(details === undefined ? {} : { details }),
  };
}

/** A field that may not be there, because. */
export function disallowedField(path: string, details: string): FieldProblem {
  return { message: 'must not set the field(s)', paths: [path], details };
}

/** A field that may not change once the object exists. */
export function immutableField(path: string): FieldProblem {
  return { message: 'Immutable field updated', paths: [path] };
}

/** Of fields that exclude each other, none or several are there. */
export function notExactlyOne(got: 'neither' | 'both', ...paths: readonly string[]): FieldProblem {
  return { message: `expected exactly one, got ${got}`, paths };
}

/** A difference from the shape of a kind, in these words. */
export function structuralFieldProblem({ path, message, expected, unknownField }: StructuralProblem): FieldProblem {
  const details = expected === '' ? {} : { details: `expected ${expected}` };
  const paths = [pathText(path)];
  if (unknownField === true) return { message: 'unknown field', paths, ...details };
  if (message === '') return { message: 'invalid value', paths, ...details };
  return {
    message: 'invalid value',
    paths,
    details: [message, expected === '' ? [] : `expected ${expected}`].flat().join('; '),
  };
}

/** More than anybody reads at once. */
const maxProblems = 50;

/** Problems as the text of a refusal, one after the other; the same of several fields is said once. */
export function problemsText(all: readonly FieldProblem[]): string {
  const problems = all.slice(0, maxProblems);
  const more: FieldProblem = { message: `and ${all.length - problems.length} more`, paths: [] };
  if (all.length > problems.length) problems.push(more);
  const merged = new Map<string, { readonly problem: FieldProblem; readonly paths: Set<string> }>();
  for (const problem of problems) {
    const key = JSON.stringify([problem.message, problem.details]);
    const known = merged.get(key) ?? { problem, paths: new Set<string>() };
    merged.set(key, known);
    for (const path of problem.paths) known.paths.add(path);
  }
  return [...merged.values()]
    .map(({ problem: { message, details }, paths }) => {
      const line = paths.size === 0 ? message : `${message}: ${[...paths].join(', ')}`;
      return details === undefined ? line : `${line}\n${details}`;
    })
    .join('\n');
}
