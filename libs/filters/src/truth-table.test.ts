import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { evaluate } from './evaluate.ts';
import type { AttributeValue, EventAttributes } from './event-attributes.ts';
import { parseFilters } from './parse-filters.ts';
import type { DialectedFilterLike } from './parse-filters.ts';

// The table of dispatcher.md 22, row by row.

type Attributes = Readonly<Record<string, string>>;
const exact = (attributes: Attributes): DialectedFilterLike => ({ filter: { $case: 'exact', value: { attributes } } });
const prefix = (attributes: Attributes): DialectedFilterLike => ({
  filter: { $case: 'prefix', value: { attributes } },
});
const suffix = (attributes: Attributes): DialectedFilterLike => ({
  filter: { $case: 'suffix', value: { attributes } },
});
const all = (...filters: DialectedFilterLike[]): DialectedFilterLike => ({
  filter: { $case: 'all', value: { filters } },
});
const any = (...filters: DialectedFilterLike[]): DialectedFilterLike => ({
  filter: { $case: 'any', value: { filters } },
});
const not = (filter: DialectedFilterLike): DialectedFilterLike => ({ filter: { $case: 'not', value: { filter } } });
const cesql = (expression: string): DialectedFilterLike => ({ filter: { $case: 'cesql', value: { expression } } });

type Values = Readonly<Record<string, AttributeValue>>;
const event = (attributes: Values): EventAttributes => ({ attribute: (name) => attributes[name] });

const e: Values = {
  specversion: '1.0',
  id: '123-42',
  type: 'type',
  source: '/api/some-source',
  subject: 'a-subject-42',
  datacontenttype: 'application/cloudevents+json',
  dataschema: '/api/schema',
  time: '1985-04-12T23:20:50Z',
};
const f: Values = {
  specversion: '1.0',
  id: '123',
  type: 'type',
  source: '/api/source',
  subject: 'test-subject',
  extension2: 'valueExtension2',
};
const { dataschema: _, ...common } = e;
const g: Values = { ...common, specversion: '0.3', schemaurl: '/api/schema-url' };
const typed = (type: string): Values => ({ ...e, type });

const P = exact({ type: 'type' });
const N = exact({ type: 'other' });

type Row = readonly [name: string, filters: readonly DialectedFilterLike[], event: Values, passes: boolean];

const anyOfAll = [
  any(
    exact({ type: 'exact.event.type' }),
    prefix({ type: 'prefix' }),
    suffix({ type: 'suffix' }),
    not(cesql("type LIKE '%event.type%'")),
    cesql("type = 'cesql.event.type'"),
  ),
];
const allOfAll = [
  all(
    exact({ type: 'exact.prefix.suffix.event.type' }),
    prefix({ type: 'exact.prefix' }),
    suffix({ type: 'suffix.event.type' }),
    cesql("type LIKE 'exact.prefix.suffix%'"),
  ),
];
const extension = [
  all(
    exact({ extensionattribute: 'extensionvalue' }),
    prefix({ extensionattribute: 'extension' }),
    suffix({ extensionattribute: 'value' }),
    cesql("extensionattribute LIKE '%value'"),
  ),
];
const { subject: __, ...withoutSubject } = e;

const rows: readonly Row[] = [
  ['dispatcher 22 #1 no filter', [], e, true],
  ['dispatcher 22 #1 an empty filter', [{ filter: undefined }], e, true],
  ['dispatcher 22 #2 exact specversion=1.0', [exact({ specversion: '1.0' })], e, true],
  ['dispatcher 22 #2 exact specversion=0.3', [exact({ specversion: '0.3' })], g, true],
  [
    'dispatcher 22 #3 exact specversion=0.3,id=123-42 with another id',
    [exact({ specversion: '0.3', id: '123-42' })],
    { ...g, id: '123-423' },
    false,
  ],
  [
    'dispatcher 22 #4 exact specversion, id, datacontenttype, dataschema',
    [
      exact({
        specversion: '1.0',
        id: '123-42',
        datacontenttype: 'application/cloudevents+json',
        dataschema: '/api/schema',
      }),
    ],
    e,
    true,
  ],
  [
    'dispatcher 22 #5 exact with source and dataschema exchanged',
    [exact({ id: '123-42', source: '/api/schema', dataschema: '/api/some-source' })],
    e,
    false,
  ],
  [
    'dispatcher 22 #6 exact all and schemaurl, an alias of dataschema',
    [exact({ ...(e as Attributes), schemaurl: '/api/schema-url' })],
    e,
    false,
  ],
  [
    'dispatcher 22 #7 exact of version 0.3',
    [
      exact({
        specversion: '0.3',
        id: '123-42',
        datacontenttype: 'application/cloudevents+json',
        source: '/api/some-source',
        subject: 'a-subject-42',
        time: '1985-04-12T23:20:50Z',
        schemaurl: '/api/schema-url',
      }),
    ],
    g,
    true,
  ],
  ['exact dataschema finds schemaurl of version 0.3', [exact({ dataschema: '/api/schema-url' })], g, true],
  ['exact schemaurl finds dataschema of version 1.0', [exact({ schemaurl: '/api/schema' })], e, true],
  [
    'dispatcher 22 #8 exact all eight',
    [exact({ ...(e as Attributes), type: 'dev.knative.eventing.create' })],
    typed('dev.knative.eventing.create'),
    true,
  ],
  ['dispatcher 22 #9 exact source and an empty type', [exact({ source: '/api/source', type: '' })], f, true],
  [
    'dispatcher 22 #10 exact source, an empty missing extension and extension2',
    [exact({ source: '/api/source', extension1: '', extension2: 'valueExtension2' })],
    f,
    true,
  ],
  ['dispatcher 22 #11 exact extension2 of another value', [exact({ extension2: 'valueExtension' })], f, false],
  ['dispatcher 22 #12 exact of empty values only', [exact({ extname1: '', source: '', type: '' })], e, true],
  ['dispatcher 22 #13 exact TYPE: names are case-sensitive', [exact({ TYPE: 'type' })], e, false],
  ['dispatcher 22 #13 exact of a missing attribute', [exact({ missingattribute: 'missingvalue' })], e, false],
  [
    'dispatcher 22 #14 exact time in UTC',
    [exact({ time: '2018-04-26T12:48:09Z' })],
    { ...e, time: '2018-04-26T14:48:09+02:00' },
    true,
  ],
  ['dispatcher 22 #15 exact type and source, both wrong', [exact({ type: 'x', source: 'y' })], e, false],
  ['dispatcher 22 #15 exact type and source, one wrong', [exact({ type: 'type', source: 'y' })], e, false],
  [
    'dispatcher 22 #15 exact type and source, both right',
    [exact({ type: 'type', source: '/api/some-source' })],
    e,
    true,
  ],
  ['dispatcher 22 #16 prefix id=123', [prefix({ id: '123' })], e, true],
  ['dispatcher 22 #16 prefix id=124', [prefix({ id: '124' })], e, false],
  ['dispatcher 22 #16 prefix source=/api', [prefix({ source: '/api' })], e, true],
  ['dispatcher 22 #17 prefix of a missing attribute', [prefix({ missing: 'x' })], e, false],
  ['dispatcher 22 #17 not prefix of a missing attribute', [not(prefix({ missing: 'x' }))], e, true],
  ['dispatcher 22 #18 T: prefix subject=a without subject', [prefix({ subject: 'a' })], withoutSubject, false],
  ['dispatcher 22 #18 T: not prefix subject=a without subject', [not(prefix({ subject: 'a' }))], withoutSubject, true],
  ['dispatcher 22 #19 suffix id=42', [suffix({ id: '42' })], e, true],
  ['dispatcher 22 #19 suffix id=43', [suffix({ id: '43' })], e, false],
  ['dispatcher 22 #19 suffix source=source', [suffix({ source: 'source' })], e, true],
  ['dispatcher 22 #20 all of one', [all(exact({ id: '123-42' }))], e, true],
  ['dispatcher 22 #21 all of two', [all(exact({ id: '123-42' }), exact({ source: '/api/some-source' }))], e, true],
  [
    'dispatcher 22 #21 all of two, one wrong',
    [all(exact({ id: '123' }), exact({ source: '/api/some-source' }))],
    e,
    false,
  ],
  ['dispatcher 22 #22 all of nothing', [all()], e, true],
  ['dispatcher 22 #22 any of nothing', [any()], e, false],
  ['dispatcher 22 #23 any, one right', [any(exact({ id: '123' }), exact({ source: '/api/some-source' }))], e, true],
  [
    'dispatcher 22 #23 any, none right',
    [any(exact({ id: '123' }), exact({ source: '/api/something-else' }))],
    e,
    false,
  ],
  ['dispatcher 22 #24 any[P,any[N,N]]', [any(P, any(N, N))], e, true],
  ['dispatcher 22 #24 any[N,any[P,N]]', [any(N, any(P, N))], e, true],
  ['dispatcher 22 #24 any[N,any[N,N]]', [any(N, any(N, N))], e, false],
  ['dispatcher 22 #25 all[P,all[P,P]]', [all(P, all(P, P))], e, true],
  ['dispatcher 22 #25 all[P,all[P,N]]', [all(P, all(P, N))], e, false],
  ['dispatcher 22 #25 all[N,all[P,P]]', [all(N, all(P, P))], e, false],
  ['dispatcher 22 #26 not exact id', [not(exact({ id: '123-42' }))], e, false],
  ['dispatcher 22 #26 not exact of a wrong source', [not(exact({ source: '/api/wrong-source' }))], e, true],
  ["dispatcher 22 #27 cesql 'TRUE'", [cesql("'TRUE'")], e, true],
  ["dispatcher 22 #27 cesql 'FALSE'", [cesql("'FALSE'")], e, false],
  ['dispatcher 22 #27 cesql 0', [cesql('0')], e, false],
  ["dispatcher 22 #28 cesql id LIKE '123%'", [cesql("id LIKE '123%'")], e, true],
  ['dispatcher 22 #28 cesql missingattribute < 5', [cesql('missingattribute < 5')], e, false],
  ["dispatcher 22 #29 T: cesql NOT (missing = 'x')", [cesql("NOT (missing = 'x')")], e, false],
  ["dispatcher 22 #29 T: cesql missing = 'x' OR TRUE", [cesql("missing = 'x' OR TRUE")], e, false],
  ...['exact.event.type', 'prefix.event.type', 'event.type.suffix', 'not.type.event', 'cesql.event.type'].map(
    (type): Row => [`dispatcher 22 #30 any of all dialects: ${type}`, anyOfAll, typed(type), true],
  ),
  ['dispatcher 22 #30 any of all dialects: not.event.type', anyOfAll, typed('not.event.type'), false],
  ['dispatcher 22 #31 all of all dialects: that type', allOfAll, typed('exact.prefix.suffix.event.type'), true],
  [
    'dispatcher 22 #31 all of all dialects: exact.prefix.suffix.event',
    allOfAll,
    typed('exact.prefix.suffix.event'),
    false,
  ],
  ['dispatcher 22 #31 all of all dialects: not.event.type', allOfAll, typed('not.event.type'), false],
  ['dispatcher 22 #32 all of an extension, without it', extension, e, false],
  ['dispatcher 22 #32 all of an extension, with it', extension, { ...e, extensionattribute: 'extensionvalue' }, true],
];

describe('dispatcher filter truth table', () => {
  for (const [name, dialectedFilter, attributes, passes] of rows) {
    test(`${name} ${passes ? 'passes' : 'does not pass'}`, () => {
      assert.equal(evaluate(parseFilters({ dialectedFilter }), event(attributes)), passes);
    });
  }

  test('dispatcher 22 #33 dialected filters override the legacy filter', () => {
    const filter = parseFilters({
      filter: { attributes: { type: 'filter.check.event.type' } },
      dialectedFilter: [exact({ type: 'subscriptionapi.filters.override.event.type' })],
    });
    assert.equal(evaluate(filter, event(typed('subscriptionapi.filters.override.event.type'))), true);
    assert.equal(evaluate(filter, event(typed('filter.check.event.type'))), false);
  });

  test('dispatcher 22 #34 the legacy filter counts without dialected ones', () => {
    const filter = parseFilters({
      filter: { attributes: { type: 'filter.attribute.event.type' } },
      dialectedFilter: [],
    });
    assert.equal(evaluate(filter, event(typed('filter.attribute.event.type'))), true);
    assert.equal(evaluate(filter, event(typed('some.other.type'))), false);
  });

  test('several dialected filters must all pass', () => {
    const filter = parseFilters({ dialectedFilter: [P, N] });
    assert.equal(evaluate(filter, event(e)), false);
  });

  test('extensions are compared by their text', () => {
    const filter = parseFilters({ dialectedFilter: [exact({ number: '5', flag: 'true' })] });
    assert.equal(evaluate(filter, event({ ...e, number: 5, flag: true })), true);
  });
});
