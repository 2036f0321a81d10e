/** Filters against an evaluator that takes the words of dispatcher.md 7 one by one: no simplification, no order, nothing remembered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluate } from './evaluate.ts';
import { filterKey } from './filter-key.ts';
import { parseFilters, type DialectedFilterLike } from './parse-filters.ts';

type Attributes = Readonly<Record<string, string | number | boolean>>;

const name = fc.constantFrom('id', 'type', 'subject', 'ext', 'missing');
const text = fc.constantFrom('', 'a', 'ab', 'abc', 'b', '5', 'true');
const attributes = fc.dictionary(name, text, { maxKeys: 3 }).map((values) => ({ attributes: values }));
const expression = fc.constantFrom('TRUE', 'FALSE', "id = 'ab'", "type LIKE 'a%'", 'EXISTS subject', 'missing = 1');

const { filter } = fc.letrec<{ filter: DialectedFilterLike }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant<DialectedFilterLike>({ filter: undefined }),
    fc
      .tuple(fc.constantFrom('exact' as const, 'prefix' as const, 'suffix' as const), attributes)
      .map(([$case, value]): DialectedFilterLike => ({ filter: { $case, value } })),
    expression.map((source): DialectedFilterLike => ({ filter: { $case: 'cesql', value: { expression: source } } })),
    fc
      .tuple(fc.constantFrom('all' as const, 'any' as const), fc.array(tie('filter'), { maxLength: 4 }))
      .map(([$case, filters]): DialectedFilterLike => ({ filter: { $case, value: { filters } } })),
    tie('filter').map((member): DialectedFilterLike => ({ filter: { $case: 'not', value: { filter: member } } })),
  ),
}));

const event: fc.Arbitrary<Attributes> = fc.record(
  {
    id: text,
    type: text,
    subject: text,
    ext: fc.oneof(text, fc.constant(5), fc.constant(true)),
  },
  { requiredKeys: ['id', 'type'] },
);

function naive({ filter: dialect }: DialectedFilterLike, given: Attributes): boolean {
  switch (dialect?.$case) {
    case undefined:
      return true;
    case 'exact':
    case 'prefix':
    case 'suffix': {
      const matches = { exact: 'is', prefix: 'startsWith', suffix: 'endsWith' } as const;
      return Object.entries(dialect.value.attributes).every(([key, wanted]) => {
        const found = given[key];
        if (wanted === '') return true;
        if (found === undefined) return false;
        const how = matches[dialect.$case];
        return how === 'is' ? String(found) === wanted : String(found)[how](wanted);
      });
    }
    case 'all':
      return dialect.value.filters.every((member) => naive(member, given));
    case 'any':
      return dialect.value.filters.some((member) => naive(member, given));
    case 'not':
      return !naive(dialect.value.filter ?? { filter: undefined }, given);
    case 'cesql':
      return naiveExpression(dialect.value.expression, given);
  }
}

function naiveExpression(source: string, { id, type, subject }: Attributes): boolean {
  switch (source) {
    case 'TRUE':
      return true;
    case "id = 'ab'":
      return id === 'ab';
    case "type LIKE 'a%'":
      return String(type).startsWith('a');
    case 'EXISTS subject':
      return subject !== undefined;
    default:
      // FALSE, and what asks for an attribute that is not there.
      return false;
  }
}

test('any filters let through what they say, word by word', () => {
  fc.assert(
    fc.property(fc.array(filter, { maxLength: 3 }), event, (dialectedFilter, given) => {
      const parsed = parseFilters({ dialectedFilter });
      const expected = dialectedFilter.every((one) => naive(one, given));
      assert.equal(evaluate(parsed, { attribute: (key) => given[key] }), expected);
    }),
    { numRuns: 2_000 },
  );
});

test('filters of equal keys let through the same', () => {
  fc.assert(
    fc.property(filter, filter, event, (one, other, given) => {
      const [a, b] = [parseFilters({ dialectedFilter: [one] }), parseFilters({ dialectedFilter: [other] })];
      fc.pre(filterKey(a) === filterKey(b));
      const view = { attribute: (key: string) => given[key] };
      assert.equal(evaluate(a, view), evaluate(b, view));
    }),
  );
});
