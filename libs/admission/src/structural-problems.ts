import { apiVersions, parseResource } from '@eventing-kafka/resources';
import type { FieldProblem } from './field-problem.ts';
import { structuralFieldProblem } from './field-problem.ts';
import { textAt, valueAt } from './json.ts';

/** What reading an object as the controller does has to say about it. */
export interface Shape {
  readonly problems: readonly FieldProblem[];
  /** What has no effect, or another one than somebody may think; said to whoever writes the object. */
  readonly warnings: readonly string[];
}

/**
 * What the controller would find wrong with an object when it reads it. The name and namespace are those of the API server, which has
 * checked them, or is still to make the name up.
 */
export function shapeOf(
  kind: 'Broker' | 'Trigger' | 'KafkaSink',
  namespace: string,
  { spec, annotations }: { readonly spec: unknown; readonly annotations?: unknown },
): Shape {
  const metadata = { name: 'object', namespace, ...(annotations === undefined ? {} : { annotations }) };
  const { problems } = parseResource({
    apiVersion: apiVersions[kind],
    kind,
    metadata,
    ...(spec === undefined ? {} : { spec }),
  });
  const isRefused = ({ severity, unknownField }: (typeof problems)[number]): boolean =>
    severity === 'error' || unknownField === true;
  return {
    problems: problems.filter(isRefused).map(structuralFieldProblem),
    warnings: problems
      .filter((problem) => !isRefused(problem))
      .map(structuralFieldProblem)
      .map(({ paths, details }) => `${paths.join(', ')} ${details ?? ''}`.trim()),
  };
}

/** Problems in the words of Knative's webhooks, and of the others only those about fields of which nothing is said yet. */
export function withoutRepetition(
  said: readonly FieldProblem[],
  others: readonly FieldProblem[],
): readonly FieldProblem[] {
  const paths = said.flatMap((problem) => problem.paths);
  const isWithin = (one: string, other: string): boolean => one === other || one.startsWith(`${other}.`);
  const isSaid = (path: string): boolean => paths.some((known) => isWithin(path, known) || isWithin(known, path));
  return [...said, ...others.filter((problem) => !problem.paths.some(isSaid))];
}

/** An annotation of an object. */
export function annotationOf(object: unknown, name: string): string | undefined {
  return textAt(object, 'metadata', 'annotations', name);
}

/** The `spec` of an object. */
export function specOf(object: unknown): unknown {
  return valueAt(object, 'spec');
}

/** Where an annotation is written. */
export function annotationPath(name: string): string {
  return `metadata.annotations[${name}]`;
}
