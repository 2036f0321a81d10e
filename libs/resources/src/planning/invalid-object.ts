import { pathText } from '../parsing/structural-schema.ts';
import type { StructuralProblem } from '../parsing/structural-schema.ts';

/** Sentences that fit into a condition. */
const shownProblems = 3;

/** What is wrong with an object that cannot be taken, in a sentence for its condition: the first few errors. */
export function invalidText(problems: readonly StructuralProblem[]): string {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const shown = errors.slice(0, shownProblems).map(({ path, message, expected }) => {
    const place = path.length === 0 ? '' : `${pathText(path)} `;
    return `${place}${message}${expected === '' ? '' : ` (expected ${expected})`}`;
  });
  const more = errors.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}`.slice(0, 2_048);
}
