import type { Filter } from './filter.ts';

/**
 * Text that is the same for filters that ask the same in the same way: attributes and members in any order, CESQL expressions by
 * their text. Egresses with equal keys may share the verdict on an event (if their expressions were parsed with the same functions).
 */
export function filterKey(filter: Filter): string {
  switch (filter.kind) {
    case 'everything':
    case 'nothing':
      return filter.kind;
    case 'exact':
    case 'prefix':
    case 'suffix':
      return `${filter.kind}${JSON.stringify(filter.tests.map(({ name, value }) => [name, value]))}`;
    case 'all':
    case 'any':
      return `${filter.kind}(${filter.members.map(filterKey).sort().join(',')})`;
    case 'not':
      return `not(${filterKey(filter.member)})`;
    case 'cesql':
      return `cesql${JSON.stringify(filter.expression.source)}`;
  }
}
