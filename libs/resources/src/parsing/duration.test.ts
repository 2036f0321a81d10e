import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDurationMs } from './duration.ts';

const rows: readonly (readonly [text: string, ms: number | undefined, name: string])[] = [
  ['PT2S', 2_000, 'seconds'],
  ['PT65S', 65_000, 'more seconds than a minute has'],
  ['PT0.2S', 200, 'a fraction'],
  ['PT0.25S', 250, 'two decimals, kept in full'],
  ['PT0.29S', 290, 'a fraction that binary cannot hold'],
  ['PT0,5S', 500, 'a comma'],
  ['PT1M0.2S', 60_200, 'minutes and a fraction'],
  ['P1DT1H', 90_000_000, 'days and hours'],
  ['P2W', 1_209_600_000, 'weeks'],
  ['P1M', 2_629_746_000, 'a month, on average'],
  ['P1Y', 31_556_952_000, 'a year, on average'],
  ['PT0S', 0, 'nothing'],
  ['PT0.0001S', 1, 'less than a millisecond is not nothing'],
  ['-PT1S', undefined, 'negative'],
  ['PT-1S', undefined, 'negative within'],
  ['x', undefined, 'no duration'],
  ['2s', undefined, 'a duration of Go'],
  ['P', undefined, 'no part'],
  ['PT', undefined, 'no part after T'],
  ['PT1S1M', undefined, 'the wrong order'],
  ['P99999999999999Y', undefined, 'too long to count'],
  ['', undefined, 'no text'],
];

for (const [text, ms, name] of rows) {
  test(`control-plane 24.9 durations: ${JSON.stringify(text)} (${name}) is ${String(ms)}`, () => {
    assert.equal(parseDurationMs(text), ms);
  });
}

test('counts every whole millisecond exactly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000_000 }), (ms) => {
      assert.equal(parseDurationMs(`PT${(ms / 1_000).toFixed(3)}S`), ms);
    }),
  );
});
