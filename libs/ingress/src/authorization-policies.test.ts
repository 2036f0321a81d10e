import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EventPolicy } from '@eventing-kafka/contract';
import { flattenClaims } from '@eventing-kafka/oidc';
import { compilePolicies, permits } from './authorization-policies.ts';

type Matchers = readonly ('exact' | 'prefix')[];

/** A policy with a matcher of each kind for the same attributes. */
function policy(kinds: Matchers, attributes: Record<string, string>): EventPolicy {
  return EventPolicy.fromPartial({
    tokenMatchers: kinds.map(($case) => ({ matcher: { $case, value: { attributes } } })),
  });
}

function matches(one: EventPolicy, claims: Record<string, unknown>): boolean {
  return compilePolicies([one]).grantOf(flattenClaims(claims)) !== undefined;
}

type Row = readonly [
  row: string,
  kind: 'exact' | 'prefix',
  attributes: Record<string, string>,
  cases: readonly (readonly [claims: Record<string, unknown>, expected: boolean])[],
];

const rows: readonly Row[] = [
  [
    'receiver 20.5 A-08: exact, one claim',
    'exact',
    { key: 'val' },
    [
      [{ key: ['val'] }, true],
      [{ key: ['value'] }, false],
      [{ key: ['VAL'] }, false],
      [{}, false],
    ],
  ],
  [
    'receiver 20.5 A-09: exact, every claim must match',
    'exact',
    { key1: 'val1', key2: 'val2' },
    [
      [{ key1: ['val1'], key2: ['val2'] }, true],
      [{ key1: ['val2'], key2: ['val1'] }, false],
      [{ key1: ['val1'] }, false],
    ],
  ],
  [
    'receiver 20.5 A-10: exact, one of several values is enough',
    'exact',
    { key1: 'val1' },
    [[{ key1: ['val1', 'val2'] }, true]],
  ],
  [
    'receiver 20.5 A-11: prefix, one claim',
    'prefix',
    { key: 'prefix' },
    [
      [{ key: ['prefix-foo'] }, true],
      [{ key: ['foo-bar'] }, false],
    ],
  ],
  [
    'receiver 20.5 A-12: prefix, every claim must match',
    'prefix',
    { key1: 'prefix1', key2: 'prefix2' },
    [
      [{ key1: ['prefix1-foo'], key2: ['prefix2-foo'] }, true],
      [{ key1: ['prefix1-foo'], key2: ['prefix1-foo'] }, false],
    ],
  ],
  [
    'an empty prefix asks for the claim to be there',
    'prefix',
    { sub: '' },
    [
      [{ sub: 'anybody' }, true],
      [{ sub: '' }, true],
      [{}, false],
      [{ sub: null }, false],
    ],
  ],
  ['a matcher without claims matches everybody', 'exact', {}, [[{}, true]]],
  [
    'claims are compared as text, nested ones by dotted names',
    'exact',
    { n: '5', b: 'true', 'kubernetes.io.namespace': 'ns' },
    [[{ n: 5, b: true, 'kubernetes.io': { namespace: 'ns' } }, true]],
  ],
];

for (const [row, kind, attributes, cases] of rows) {
  test(row, () => {
    for (const [claims, expected] of cases)
      assert.equal(matches(policy([kind], attributes), claims), expected, JSON.stringify(claims));
  });
}

describe('policies', () => {
  test('without matchers, or with ones of a kind to come, match nobody', () => {
    assert.equal(matches(policy([], {}), { sub: 'x' }), false);
    assert.equal(matches(EventPolicy.fromPartial({ tokenMatchers: [{}] }), { sub: 'x' }), false);
    assert.equal(compilePolicies([]).grantOf(flattenClaims({ sub: 'x' })), undefined);
  });

  test('match where one of their matchers does', () => {
    assert.equal(matches(policy(['exact', 'prefix'], { sub: 'a' }), { sub: 'ab' }), true);
  });

  test('grant together what each of those that match grants', () => {
    const of = (sub: string, type: string | undefined): EventPolicy =>
      EventPolicy.fromPartial({
        tokenMatchers: [{ matcher: { $case: 'exact', value: { attributes: { sub } } } }],
        filters: type === undefined ? [] : [{ filter: { $case: 'prefix', value: { attributes: { type } } } }],
      });
    const { grantOf } = compilePolicies([of('a', 'x.'), of('a', 'y.'), of('b', undefined)]);
    const may = (sub: string, type: string): boolean =>
      permits(grantOf(flattenClaims({ sub })) ?? [], { attribute: (name) => (name === 'type' ? type : undefined) });
    assert.deepEqual([may('a', 'x.1'), may('a', 'y.1'), may('a', 'z.1')], [true, true, false]);
    assert.deepEqual([may('b', 'z.1'), may('c', 'x.1')], [true, false]);
  });

  test('with a filter that makes no sense do not compile', () => {
    const filter = { $case: 'cesql', value: { expression: 'type =' } } as const;
    assert.throws(() => compilePolicies([EventPolicy.fromPartial({ filters: [{ filter }] })]), { name: 'FilterError' });
  });
});
