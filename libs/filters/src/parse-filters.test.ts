import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseCesql } from './cesql/cesql.ts';
import { evaluateCesql } from './cesql/cesql.ts';
import { evaluate } from './evaluate.ts';
import { FilterError, isFilterError } from './filter-error.ts';
import { filterKey } from './filter-key.ts';
import { parseFilters } from './parse-filters.ts';
import type { DialectedFilterLike } from './parse-filters.ts';

const type = (value: string): DialectedFilterLike => ({
  filter: { $case: 'exact', value: { attributes: { type: value } } },
});
const cesql = (expression: string): DialectedFilterLike => ({ filter: { $case: 'cesql', value: { expression } } });
const group = ($case: 'all' | 'any', filters: readonly DialectedFilterLike[]): DialectedFilterLike => ({
  filter: { $case, value: { filters } },
});
const not = (filter?: DialectedFilterLike): DialectedFilterLike => ({ filter: { $case: 'not', value: { filter } } });

describe('parse errors of filters', () => {
  test('name the path, the column and what was expected', () => {
    const dialectedFilter = [type('a'), group('all', [type('b'), not(cesql('id LIKE 5'))])];
    assert.throws(
      () => parseFilters({ dialectedFilter }),
      (error) =>
        error instanceof FilterError &&
        error.code === 'FILTER_SYNTAX' &&
        error.path === 'dialectedFilter[1].all.filters[1].not.filter.cesql.expression' &&
        error.expression === 'id LIKE 5' &&
        error.column === 9 &&
        error.message ===
          'dialectedFilter[1].all.filters[1].not.filter.cesql.expression: column 9: expected the pattern as a text literal, but there is "5"',
    );
  });

  test('refuse dialects nested deeper than 100 levels', () => {
    const nested = (levels: number): DialectedFilterLike => (levels === 1 ? type('a') : not(nested(levels - 1)));
    assert.ok(parseFilters({ dialectedFilter: [nested(100)] }));
    assert.throws(() => parseFilters({ dialectedFilter: [nested(101)] }), { code: 'FILTER_TOO_DEEP' });
  });

  test('refuse a dialect of a later version', () => {
    const later = { filter: { $case: 'sql', value: {} } } as unknown as DialectedFilterLike;
    assert.throws(() => parseFilters({ dialectedFilter: [later] }), {
      code: 'FILTER_UNKNOWN_DIALECT',
      path: 'dialectedFilter[0]',
    });
  });

  test('are told apart from other errors by name and code', () => {
    assert.equal(isFilterError(new FilterError('FILTER_SYNTAX', 'x')), true);
    assert.equal(isFilterError(Object.assign(new Error('x'), { name: 'FilterError', code: 'FILTER_SYNTAX' })), true);
    assert.equal(isFilterError(new Error('x')), false);
  });
});

describe('filters are simplified', () => {
  const rows: readonly (readonly [name: string, filter: DialectedFilterLike, key: string])[] = [
    ['a group of one is its member', group('any', [group('all', [type('a')])]), 'exact[["type","a"]]'],
    ['what always passes is left out of all', group('all', [{ filter: undefined }, type('a')]), 'exact[["type","a"]]'],
    ['what always passes decides any', group('any', [type('a'), group('all', [])]), 'everything'],
    ['what never passes decides all', group('all', [type('a'), group('any', [])]), 'nothing'],
    ['not of nothing passes everything', not(group('any', [])), 'everything'],
    ['not of an absent filter passes nothing', not(), 'nothing'],
    ['an exact filter of empty values passes everything', type(''), 'everything'],
  ];
  for (const [name, filter, key] of rows) {
    test(name, () => {
      assert.equal(filterKey(parseFilters({ dialectedFilter: [filter] })), key);
    });
  }
});

describe('filter keys', () => {
  const keyOf = (filter: DialectedFilterLike): string => filterKey(parseFilters({ dialectedFilter: [filter] }));
  const exact = (attributes: Readonly<Record<string, string>>): DialectedFilterLike => ({
    filter: { $case: 'exact', value: { attributes } },
  });

  test('are equal whatever the order of attributes and members', () => {
    assert.equal(keyOf(exact({ a: '1', b: '2' })), keyOf(exact({ b: '2', a: '1' })));
    assert.equal(keyOf(group('any', [type('a'), cesql('TRUE')])), keyOf(group('any', [cesql('TRUE'), type('a')])));
  });

  test('are equal for the legacy filter and the same exact filter', () => {
    assert.equal(
      filterKey(parseFilters({ dialectedFilter: [], filter: { attributes: { type: 'a' } } })),
      keyOf(type('a')),
    );
  });

  test('differ for filters that ask something else', () => {
    const filters = [
      type('a'),
      type('b'),
      not(type('a')),
      group('all', [type('a'), type('b')]),
      group('any', [type('a'), type('b')]),
      { filter: { $case: 'prefix', value: { attributes: { type: 'a' } } } } as const,
      { filter: { $case: 'suffix', value: { attributes: { type: 'a' } } } } as const,
      exact({ type: 'a"],["id","b' }),
      exact({ type: 'a', id: 'b' }),
      cesql("type = 'a'"),
      cesql("type = 'b'"),
    ];
    assert.equal(new Set(filters.map(keyOf)).size, filters.length);
  });
});

/** The meaning of dialects, said as directly as possible and without simplification. */
function naive({ filter }: DialectedFilterLike, event: Readonly<Record<string, string>>): boolean {
  if (filter === undefined) return true;
  switch (filter.$case) {
    case 'all':
      return filter.value.filters.every((member) => naive(member, event));
    case 'any':
      return filter.value.filters.some((member) => naive(member, event));
    case 'not':
      return filter.value.filter === undefined ? false : !naive(filter.value.filter, event);
    case 'cesql': {
      const { value, errors } = evaluateCesql(parseCesql(filter.value.expression), {
        attribute: (name) => event[name],
      });
      return errors.length === 0 && value === true;
    }
    default: {
      const { $case, value } = filter;
      return Object.entries(value.attributes).every(([name, wanted]) => {
        const found = event[name];
        if (wanted === '') return true;
        if (found === undefined) return false;
        return $case === 'exact'
          ? found === wanted
          : $case === 'prefix'
            ? found.startsWith(wanted)
            : found.endsWith(wanted);
      });
    }
  }
}

test('filters decide as the naive evaluation of their dialects does', () => {
  const name = fc.constantFrom('id', 'type', 'ext');
  const value = fc.constantFrom('', 'a', 'b', 'ab', 'aba');
  const attributes = fc.dictionary(name, value, { maxKeys: 3, noNullPrototype: true });
  const { filter } = fc.letrec<{ filter: DialectedFilterLike }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 5 },
      fc.constant<DialectedFilterLike>({ filter: undefined }),
      fc
        .tuple(fc.constantFrom('exact' as const, 'prefix' as const, 'suffix' as const), attributes)
        .map(([$case, wanted]): DialectedFilterLike => ({ filter: { $case, value: { attributes: wanted } } })),
      fc.constantFrom("id = 'a'", "type LIKE 'a%'", 'EXISTS ext', "NOT (ext = 'b')").map(cesql),
      fc
        .tuple(fc.constantFrom('all' as const, 'any' as const), fc.array(tie('filter'), { maxLength: 4 }))
        .map(([$case, filters]) => group($case, filters)),
      tie('filter').map(not),
    ),
  }));
  fc.assert(
    fc.property(fc.array(filter, { minLength: 1, maxLength: 3 }), attributes, (dialectedFilter, event) => {
      const expected = dialectedFilter.every((member) => naive(member, event));
      assert.equal(evaluate(parseFilters({ dialectedFilter }), { attribute: (wanted) => event[wanted] }), expected);
    }),
    { numRuns: 3000 },
  );
});
