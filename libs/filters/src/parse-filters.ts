import { parseCesql } from './cesql/cesql.ts';
import type { CesqlOptions } from './cesql/cesql.ts';
import { attributeReader } from './event-attributes.ts';
import { FilterError, isFilterError } from './filter-error.ts';
import { everything, nothing } from './filter.ts';
import type { AttributeTest, Filter } from './filter.ts';

/** Names of attributes and the values wanted. */
export interface AttributesLike {
  readonly attributes: Readonly<Record<string, string>>;
}

/** A filter of the CloudEvents Subscriptions API as the contract carries it; without a dialect it passes everything. */
export interface DialectedFilterLike {
  readonly filter:
    | { readonly $case: 'exact' | 'prefix' | 'suffix'; readonly value: AttributesLike }
    | { readonly $case: 'all' | 'any'; readonly value: { readonly filters: readonly DialectedFilterLike[] } }
    | { readonly $case: 'not'; readonly value: { readonly filter?: DialectedFilterLike | undefined } }
    | { readonly $case: 'cesql'; readonly value: { readonly expression: string } }
    | undefined;
}

/** The part of an egress that says which events it wants. */
export interface FilteredLike {
  /** All must pass; when there are any, `filter` is ignored. */
  readonly dialectedFilter: readonly DialectedFilterLike[];
  /** The older filter: every attribute equals its value. */
  readonly filter?: AttributesLike | undefined;
}

/** How deep dialects may nest. */
const maxFilterDepth = 100;

/**
 * The filter of an egress, to be parsed once and evaluated for every event: `dialectedFilter` if it has any, else `filter`, else
 * everything passes. In exact, prefix and suffix filters an attribute with an empty value is left out, so it asks nothing.
 *
 * @throws FilterError that names the path of the first part that is wrong
 */
export function parseFilters(egress: FilteredLike, options: CesqlOptions = {}): Filter {
  if (egress.dialectedFilter.length > 0) {
    return combined('all', parseAll(egress.dialectedFilter, 'dialectedFilter', options, 1));
  }
  return egress.filter === undefined ? everything : attributesFilter('exact', egress.filter);
}

function parseAll(
  filters: readonly DialectedFilterLike[],
  path: string,
  options: CesqlOptions,
  depth: number,
): readonly Filter[] {
  return filters.map((filter, index) => parseDialect(filter, `${path}[${index}]`, options, depth));
}

function parseDialect({ filter }: DialectedFilterLike, path: string, options: CesqlOptions, depth: number): Filter {
  if (depth > maxFilterDepth)
    throw new FilterError('FILTER_TOO_DEEP', `nested deeper than ${maxFilterDepth} levels`, { path: shortened(path) });
  if (filter === undefined) return everything;
  switch (filter.$case) {
    case 'exact':
    case 'prefix':
    case 'suffix':
      return attributesFilter(filter.$case, filter.value);
    case 'all':
    case 'any':
      return combined(
        filter.$case,
        parseAll(filter.value.filters, `${path}.${filter.$case}.filters`, options, depth + 1),
      );
    case 'not':
      return negated(
        parseDialect(filter.value.filter ?? { filter: undefined }, `${path}.not.filter`, options, depth + 1),
      );
    case 'cesql':
      return {
        kind: 'cesql',
        expression: parseExpression(filter.value.expression, `${path}.cesql.expression`, options),
      };
    default:
      throw unknownDialect(filter, path);
  }
}

function attributesFilter(kind: 'exact' | 'prefix' | 'suffix', { attributes }: AttributesLike): Filter {
  const tests = Object.entries(attributes)
    .filter(([, value]) => value !== '')
    .map(([name, value]): AttributeTest => ({ name, value, read: attributeReader(name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return tests.length === 0 ? everything : { kind, tests };
}

/** `everything` is neutral in `all` and decides `any`, `nothing` the other way around. Cheap members come first: all are pure. */
function combined(kind: 'all' | 'any', members: readonly Filter[]): Filter {
  const [neutral, deciding] = kind === 'all' ? [everything, nothing] : [nothing, everything];
  if (members.some((member) => member.kind === deciding.kind)) return deciding;
  const asking = members.filter((member) => member.kind !== neutral.kind).toSorted((a, b) => cost(a) - cost(b));
  const [only] = asking;
  if (only === undefined) return neutral;
  return asking.length === 1 ? only : { kind, members: asking };
}

function negated(member: Filter): Filter {
  switch (member.kind) {
    case 'everything':
      return nothing;
    case 'nothing':
      return everything;
    default:
      return { kind: 'not', member };
  }
}

/** About how expensive an evaluation is; only the order matters. */
function cost(filter: Filter): number {
  switch (filter.kind) {
    case 'everything':
    case 'nothing':
      return 0;
    case 'exact':
    case 'prefix':
    case 'suffix':
      return filter.tests.length;
    case 'not':
      return cost(filter.member);
    case 'all':
    case 'any':
      return filter.members.reduce((sum, member) => sum + cost(member), 0);
    case 'cesql':
      return 10 + filter.expression.source.length;
  }
}

function parseExpression(expression: string, path: string, options: CesqlOptions): ReturnType<typeof parseCesql> {
  try {
    return parseCesql(expression, options);
  } catch (error) {
    if (!isFilterError(error)) throw error;
    const { column, expected } = error;
    throw new FilterError(error.code, error.problem, {
      path,
      cause: error,
      ...(error.expression === undefined ? {} : { expression: error.expression }),
      ...(column === undefined ? {} : { column }),
      ...(expected === undefined ? {} : { expected }),
    });
  }
}

/** A contract of a newer version may hold what the type of this one does not know. */
function unknownDialect(filter: { readonly $case?: unknown }, path: string): FilterError {
  const problem = `unknown dialect ${JSON.stringify(filter.$case)}: exact, prefix, suffix, all, any, not and cesql are known`;
  return new FilterError('FILTER_UNKNOWN_DIALECT', problem, { path });
}

/** A path of a hundred levels is of no use to a reader. */
function shortened(path: string): string {
  return path.length > 200 ? `${path.slice(0, 200)}…` : path;
}
