/**
 * What recording one value costs: through OpenTelemetry's own histogram, with attributes at every call, and through a series that was looked up once.
 * Prints JSON lines. Run in this folder's library: `node --conditions=@eventing-kafka/source benchmarks/record.bench.ts`
 */
import { attributeNames, createHistogram, metricDefinitions, resourceAttributes, startMetrics } from '../src/index.ts';

const recordings = 1_000_000;
const rounds = 5;

await using metrics = await startMetrics({
  serviceName: 'benchmark',
  serviceNamespace: 'benchmark',
  host: '127.0.0.1',
  port: 0,
  readiness: () => ({ ready: true }),
});
const attributes = {
  ...resourceAttributes({ kind: 'Broker', namespace: 'shop', name: 'default' }),
  [attributeNames.eventType]: 'com.github.push',
  [attributeNames.responseStatusCode]: 202,
};
const { name, unit, bucketBoundaries } = metricDefinitions.dispatchLatency;
const plain = metrics.meter.createHistogram('plain', {
  unit,
  advice: { explicitBucketBoundaries: [...bucketBoundaries] },
});
const bound = createHistogram(metrics.meter, metricDefinitions.dispatchLatency);
const series = bound.series(attributes);
const fine = createHistogram(metrics.meter, metricDefinitions.ingressDuration).series(attributes);

const ways: Readonly<Record<string, (value: number) => void>> = {
  'opentelemetry histogram, attributes at every call': (value) => plain.record(value, attributes),
  'series looked up at every call': (value) => bound.series(attributes).record(value),
  'series looked up once': (value) => series.record(value),
  'series looked up once, 17 buckets': (value) => fine.record(value / 1000),
};
for (const [way, record] of Object.entries(ways)) {
  const nanoseconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = process.hrtime.bigint();
    for (let index = 0; index < recordings; index += 1) record(index % 300);
    nanoseconds.push(Number(process.hrtime.bigint() - start) / recordings);
  }
  const median = nanoseconds.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
  console.log(
    JSON.stringify({
      bench: 'record',
      metric: name,
      way,
      nanosecondsPerRecording: Math.round(median * 10) / 10,
      node: process.version,
    }),
  );
}

const scrapeStart = process.hrtime.bigint();
for (let resource = 0; resource < 1000; resource += 1) {
  bound.series({ ...attributes, 'kn.broker.name': `broker-${resource}` }).record(1);
}
const response = await fetch(`${metrics.admin.url}/metrics`);
const bytes = (await response.text()).length;
console.log(
  JSON.stringify({
    bench: 'scrape',
    series: 1000,
    bytes,
    milliseconds: Math.round(Number(process.hrtime.bigint() - scrapeStart) / 1e6),
    node: process.version,
  }),
);
