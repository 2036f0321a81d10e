import type { DialectedFilter } from '../generated/eventing_kafka/contract/v1/contract.ts';
import { problem, type Problems } from './problem.ts';

/** The decoder of messages gives up at 100 levels, two or three of which are spent on one level of filters. */
const deepest = 24;

/**
 * Structure only: whether an expression parses is for whoever evaluates it to say. A filter with none of the dialects passes
 * everything and is fine.
 */
export function* filterProblems({ filter }: DialectedFilter, path: string, depth = 1): Problems {
  if (filter === undefined) return;
  if (depth > deepest) {
    yield problem(path, `is nested more than ${deepest} levels deep`);
    return;
  }
  switch (filter.$case) {
    case 'exact':
    case 'prefix':
    case 'suffix':
      for (const name of Object.keys(filter.value.attributes)) {
        if (name === '') yield problem(`${path}.${filter.$case}.attributes`, 'names an attribute with an empty name');
      }
      return;
    case 'all':
    case 'any':
      for (const [index, member] of filter.value.filters.entries())
        yield* filterProblems(member, `${path}.${filter.$case}.filters[${index}]`, depth + 1);
      return;
    case 'not':
      if (filter.value.filter !== undefined)
        yield* filterProblems(filter.value.filter, `${path}.not.filter`, depth + 1);
      return;
    case 'cesql':
      if (filter.value.expression.trim() === '')
        yield problem(`${path}.cesql.expression`, 'is empty; expected a CloudEvents SQL expression');
      return;
    default:
      filter satisfies never;
      yield problem(path, 'has a dialect this version does not know');
  }
}
