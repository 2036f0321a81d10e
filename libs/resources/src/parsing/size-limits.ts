import type { ResourceKind } from '../objects/resource-key.ts';
import type { StructuralProblem } from './structural-schema.ts';

/** Most characters of names and values that the filters of one object may have together. */
export const maxFilterCharacters = 65_536;
/** Most values (filters, attributes, texts) that the filters of one object may have together. */
export const maxFilterValues = 4_096;

/**
 * Refuses filters that are larger than any that a person writes. They are evaluated for every event, on every process; and what is wrong
 * within them would be told in as many sentences. Counting stops at the limit.
 */
export function sizeProblems(kind: ResourceKind, document: unknown): readonly StructuralProblem[] {
  if (kind !== 'Trigger' && kind !== 'EventPolicy') return [];
  const { spec } = document as { spec?: unknown };
  if (typeof spec !== 'object' || spec === null) return [];
  return (['filters', 'filter'] as const).flatMap((field): StructuralProblem[] => {
    const excess = excessOf((spec as Readonly<Record<string, unknown>>)[field]);
    return excess === undefined
      ? []
      : [{ severity: 'error', path: ['spec', field], message: 'is too large', expected: excess }];
  });
}

/** Which limit is passed, in words. */
function excessOf(root: unknown): string | undefined {
  const open: unknown[] = [root];
  let values = 0;
  let characters = 0;
  // Without recursion: how deep it is nested is not known yet.
  while (open.length > 0) {
    const value = open.pop();
    values += 1;
    if (typeof value === 'string') characters += value.length;
    else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) {
        characters += name.length;
        open.push(item);
        if (open.length > maxFilterValues) break;
      }
    }
    if (values + open.length > maxFilterValues) return `at most ${maxFilterValues} filters and attributes`;
    if (characters > maxFilterCharacters) return `at most ${maxFilterCharacters} characters`;
  }
  return undefined;
}
