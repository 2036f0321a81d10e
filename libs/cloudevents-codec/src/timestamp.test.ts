import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { acceptedTime } from './timestamp.ts';

suite('acceptedTime', () => {
  const kept = [
    '2020-07-06T09:23:12Z',
    '2020-07-06t09:23:12z',
    '2020-07-06T09:23:12.000Z',
    '2020-07-06T09:23:12.1200+00:00',
    '2020-07-06T09:23:12.123456789-00:00',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59+18:00',
    '2020-02-29T00:00:00-18:00',
    '2000-02-29T00:00:00Z',
    '+12020-07-06T09:23:12Z',
    '2020-07-06T09:23:12+02:00:30',
  ];
  for (const text of kept) test(`keeps ${text}`, () => assert.equal(acceptedTime(text), text));

  const completed = [
    ['2020-07-06T09:23Z', '2020-07-06T09:23:00Z'],
    ['2020-07-06t09:23z', '2020-07-06T09:23:00Z'],
    ['2020-07-06T09:23:12.Z', '2020-07-06T09:23:12Z'],
    ['2020-07-06T09:23:12.50+02', '2020-07-06T09:23:12.50+02:00'],
  ] as const;
  for (const [text, expected] of completed) test(`completes ${text}`, () => assert.equal(acceptedTime(text), expected));

  const refused = [
    ...[
      '',
      'yesterday',
      '2020-07-06',
      '2020-07-06T09:23:12',
      '2020-07-06 09:23:12Z',
      '2020-07-06T09:23:12 Z',
      ' 2020-07-06T09:23:12Z',
    ],
    ...[
      '2020-07-06T09:23:12.1234567891Z',
      '2016-12-31T23:59:60Z',
      '2020-07-06T24:00:00Z',
      '2020-07-06T09:60:00Z',
      '2020-13-01T00:00:00Z',
    ],
    ...[
      '2020-00-01T00:00:00Z',
      '2020-01-00T00:00:00Z',
      '2020-02-30T00:00:00Z',
      '2021-02-29T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2020-04-31T00:00:00Z',
    ],
    ...[
      '2020-07-06T09:23:12+19:00',
      '2020-07-06T09:23:12+18:01',
      '2020-07-06T09:23:12+02:60',
      '2020-07-06T09:23:12+0200',
      '12020-07-06T09:23:12Z',
    ],
    ...[
      '2020-07-06T09:23:12Z\n',
      '２０２０-07-06T09:23:12Z',
      '2020-02-30T00:00Z',
      '2020-07-06T25:00Z',
      '2020-07-06T09:23+19',
    ],
  ];
  for (const text of refused)
    test(`refuses ${JSON.stringify(text)}`, () => assert.equal(acceptedTime(text), undefined));

  test('keeps every time that JavaScript writes', () => {
    const times = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    });
    fc.assert(fc.property(times, (time) => acceptedTime(time.toISOString()) === time.toISOString()));
  });
});
