import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNoopMeter, type Attributes, type Meter } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { boundedLabel } from './bounded-label.ts';
import { createCounter, createGauge } from './counter-and-gauge.ts';
import { createHistogram } from './histogram.ts';
import { SeriesMap } from './series-map.ts';
import { meterWithRegistry, SeriesRegistry } from './series-registry.ts';

const definition = { name: 'x', unit: 's', description: 'X.', bucketBoundaries: [1, 2, 3], withMaximum: true } as const;

interface Setup {
  readonly registry: SeriesRegistry;
  readonly meter: Meter;
  readonly exported: (now?: number) => readonly MetricData[];
}

function setup(): Setup {
  const registry = new SeriesRegistry();
  const meter = meterWithRegistry(createNoopMeter(), registry);
  return { registry, meter, exported: (now = 0) => registry.export('test', now).flatMap(({ metrics }) => metrics) };
}

/** The value of the only point of a metric. */
function onlyValue(metric: MetricData | undefined): unknown {
  const points: readonly { value: unknown }[] = metric?.dataPoints ?? [];
  assert.equal(points.length, 1);
  return points[0]?.value;
}

test('a histogram counts as a naive one does', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true, min: -5, max: 10 })), (values) => {
      const { meter, exported } = setup();
      const series = createHistogram(meter, definition).series({ a: 1 });
      for (const value of values) series.record(value);
      const counts = [
        values.filter((value) => value <= 1).length,
        values.filter((value) => value > 1 && value <= 2).length,
        values.filter((value) => value > 2 && value <= 3).length,
        values.filter((value) => value > 3).length,
      ];
      assert.deepEqual(onlyValue(exported()[0]), {
        buckets: { boundaries: [1, 2, 3], counts },
        count: values.length,
        sum: values.reduce((sum, value) => sum + value, 0),
      });
    }),
  );
});

test('what is no number leaves a series as it is', () => {
  const { meter, exported } = setup();
  createHistogram(meter, definition).series({}).record(Number.NaN);
  createGauge(meter, { ...definition, name: 'y' })
    .series({})
    .set(Number.NaN);
  createCounter(meter, { ...definition, name: 'z' })
    .series({})
    .add(-1);
  const [histogram, , gauge, counter] = exported();
  assert.equal((onlyValue(histogram) as { count: number }).count, 0);
  assert.equal(onlyValue(gauge), 0);
  assert.equal(onlyValue(counter), 0);
});

test('the greatest value is remembered for one to two minutes', () => {
  const { meter, exported } = setup();
  const series = createHistogram(meter, definition).series({});
  series.record(9);
  const maximum = (now: number): unknown => onlyValue(exported(now)[1]);
  assert.equal(maximum(0), 9);
  assert.equal(maximum(59_999), 9);
  series.record(4);
  assert.equal(maximum(60_000), 9);
  series.record(2);
  assert.equal(maximum(119_999), 9);
  assert.equal(maximum(120_000), 2);
  assert.equal(maximum(180_000), 0);
});

test('dispatcher 21 M2 the same attributes, in any order, are one series, and a metric declared twice is one metric', () => {
  const { meter, exported } = setup();
  createCounter(meter, definition).series({ a: 1, b: 2 }).add();
  createCounter(meter, definition).series({ b: 2, a: 1 }).add();
  assert.equal(onlyValue(exported()[0]), 2);
  assert.throws(() => createGauge(meter, definition), /two kinds/);
});

test('changing the attributes afterwards changes no series', () => {
  const { meter, exported } = setup();
  const attributes: Attributes = { a: 1 };
  createCounter(meter, definition).series(attributes).add();
  attributes['a'] = 2;
  assert.deepEqual(exported()[0]?.dataPoints[0]?.attributes, { a: 1 });
});

test('series beyond the limit share one', () => {
  const map = new SeriesMap(() => ({}), 2);
  const [first, second, third] = ['1', '2', '3'].map((id) => map.get({ id }));
  assert.notEqual(first, second);
  assert.equal(map.get({ id: '4' }), third);
  assert.equal(map.get({ id: '1' }), first);
  assert.deepEqual([...map.entries()].map(([attributes]) => attributes).at(-1), { 'otel.metric.overflow': true });
  map.forget({ id: '1' });
  map.forget({ id: '2' });
  assert.notEqual(map.get({ id: '4' }), third);
});

test('metrics without a series are not exported', () => {
  const { meter, exported } = setup();
  createHistogram(meter, definition);
  createCounter(meter, { ...definition, name: 'y' });
  assert.deepEqual(exported(), []);
});

test('a meter of another SDK gets the values with their attributes', () => {
  const calls: unknown[] = [];
  const instrument = (kind: string) => (name: string) => ({
    add: (value: number, attributes: unknown) => calls.push([kind, name, value, attributes]),
    record: (value: number, attributes: unknown) => calls.push([kind, name, value, attributes]),
  });
  const foreign = Object.assign(Object.create(createNoopMeter()) as Meter, {
    createHistogram: instrument('histogram'),
    createCounter: instrument('counter'),
    createGauge: instrument('gauge'),
  });
  createHistogram(foreign, definition).series({ a: 1 }).record(3);
  createCounter(foreign, definition).series({ a: 1 }).add();
  const gauge = createGauge(foreign, definition);
  gauge.series({ a: 1 }).set(5);
  gauge.series({ a: 1 }).add(-2);
  assert.deepEqual(calls, [
    ['histogram', 'x', 3, { a: 1 }],
    ['counter', 'x', 1, { a: 1 }],
    ['gauge', 'x', 5, { a: 1 }],
    ['gauge', 'x', 3, { a: 1 }],
  ]);
});

test('a bounded label keeps the first values and their length', () => {
  const label = boundedLabel(2, 'other');
  assert.deepEqual(['a', 'b', 'c', 'a'].map(label), ['a', 'b', 'other', 'a']);
  assert.equal(boundedLabel(1, 'other')('x'.repeat(1000)).length, 256);
  assert.equal(boundedLabel(0, 'unknown')('a'), 'unknown');
});
