import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { logs, metrics as globalMetrics } from '@opentelemetry/api';
import { attributeNames, resourceAttributes } from './attribute-names.ts';
import { createCounter, createGauge } from './counter-and-gauge.ts';
import { forgetSeries } from './forget-series.ts';
import { createHistogram } from './histogram.ts';
import { metricDefinitions, metricNames } from './metric-definitions.ts';
import { startMetrics, type Metrics } from './start-metrics.ts';

function start(): Promise<Metrics> {
  return startMetrics({
    serviceName: 'receiver',
    serviceNamespace: 'knative-eventing',
    host: '127.0.0.1',
    port: 0,
    readiness: () => ({ ready: true }),
  });
}

async function scrape(metrics: Metrics): Promise<string> {
  const response = await fetch(`${metrics.admin.url}/metrics`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  return response.text();
}

const broker = resourceAttributes({ kind: 'Broker', namespace: 'shop', name: 'default' });

test('receiver 14.1: latency comes out under the name, labels and buckets of upstream', async () => {
  await using metrics = await start();
  const latency = createHistogram(metrics.meter, metricDefinitions.dispatchLatency).series({
    [attributeNames.responseStatusCode]: 202,
    [attributeNames.eventType]: 'order.placed',
    ...broker,
  });
  for (const milliseconds of [0, 50, 51, 20_000]) latency.record(milliseconds);
  const labels =
    'http_response_status_code="202",cloudevents_type="order.placed",kn_broker_name="default",kn_broker_namespace="shop"';
  const lines = (await scrape(metrics)).split('\n').filter((line) => /^(# TYPE )?kn_/.test(line));
  assert.deepEqual(lines, [
    '# TYPE kn_eventing_dispatch_latency_ms histogram',
    `kn_eventing_dispatch_latency_ms_count{${labels}} 4`,
    `kn_eventing_dispatch_latency_ms_sum{${labels}} 20101`,
    `kn_eventing_dispatch_latency_ms_bucket{${labels},le="50"} 2`,
    `kn_eventing_dispatch_latency_ms_bucket{${labels},le="100"} 3`,
    `kn_eventing_dispatch_latency_ms_bucket{${labels},le="500"} 3`,
    `kn_eventing_dispatch_latency_ms_bucket{${labels},le="1000"} 3`,
    `kn_eventing_dispatch_latency_ms_bucket{${labels},le="5000"} 3`,
    `kn_eventing_dispatch_latency_ms_bucket{${labels},le="10000"} 3`,
    `kn_eventing_dispatch_latency_ms_bucket{${labels},le="+Inf"} 4`,
    '# TYPE kn_eventing_dispatch_latency_ms_max gauge',
    `kn_eventing_dispatch_latency_ms_max{${labels}} 20000`,
  ]);
});

test('dispatcher 16: units are appended, _1 for counts, _total for counters', async () => {
  await using metrics = await start();
  const { meter } = metrics;
  createCounter(meter, metricDefinitions.discardedEvents).series(broker).add();
  createCounter(meter, metricDefinitions.skippedOffsets).series(broker).add(2);
  createCounter(meter, metricDefinitions.lostEvents).series(broker).add();
  createGauge(meter, metricDefinitions.inFlightRequests).series(broker).add(3);
  createGauge(meter, metricDefinitions.executorQueueLength).series(broker).set(4);
  createHistogram(meter, metricDefinitions.processLatency).series(broker).record(5);
  createHistogram(meter, metricDefinitions.executorQueueLatency).series(broker).record(5);
  createHistogram(meter, metricDefinitions.ingressDuration).series({}).record(0.0002);
  const text = await scrape(metrics);
  for (const [name, type] of [
    ['kn_eventing_kafka_discarded_events_1_total', 'counter'],
    ['kn_eventing_kafka_skipped_offsets_1_total', 'counter'],
    ['kn_eventing_kafka_lost_events_1_total', 'counter'],
    ['kn_eventing_dispatch_in_flight_requests_1', 'gauge'],
    ['kn_eventing_kafka_executor_queue_length_1', 'gauge'],
    ['kn_eventing_process_latency_ms', 'histogram'],
    ['kn_eventing_process_latency_ms_max', 'gauge'],
    ['kn_eventing_kafka_executor_queue_latency_ms', 'histogram'],
    ['eventing_kafka_ingress_duration_seconds', 'histogram'],
  ]) {
    assert.ok(text.includes(`\n# TYPE ${name} ${type}\n`), `${name} in ${text}`);
  }
  assert.ok(text.includes('eventing_kafka_ingress_duration_seconds_bucket{le="0.00025"} 1\n'));
  assert.ok(
    text.includes('kn_eventing_kafka_skipped_offsets_1_total{kn_broker_name="default",kn_broker_namespace="shop"} 2\n'),
  );
});

test('receiver 14.1: the series of a resource vanish with it, those of others stay', async () => {
  await using metrics = await start();
  const latency = createHistogram(metrics.meter, metricDefinitions.dispatchLatency);
  const kept = { ...broker, 'kn.broker.name': 'other' };
  const held = latency.series({ ...broker, [attributeNames.responseStatusCode]: 202 });
  held.record(1);
  latency.series(kept).record(1);
  createCounter(metrics.meter, metricDefinitions.outcomes).series(broker).add();
  forgetSeries(metrics.meter, broker);
  held.record(1);
  const text = await scrape(metrics);
  assert.ok(!text.includes('kn_broker_name="default"'), text);
  assert.ok(
    text.includes('kn_eventing_dispatch_latency_ms_count{kn_broker_name="other",kn_broker_namespace="shop"} 1\n'),
  );
  forgetSeries(metrics.meter, {});
  assert.ok((await scrape(metrics)).includes('kn_broker_name="other"'), 'no attributes means nothing, not everything');
});

test('instruments of OpenTelemetry itself work on the meter and stand beside ours', async () => {
  await using metrics = await start();
  metrics.meter.createCounter('plain.requests', { unit: '{request}' }).add(1, { a: 'b' });
  metrics.meter.createObservableGauge('plain.lag', { unit: 's' }).addCallback((result) => result.observe(1.5));
  const text = await scrape(metrics);
  assert.ok(text.includes('\nplain_requests_total{a="b"} 1\n'), text);
  assert.ok(text.includes('\nplain_lag_seconds 1.5\n'), text);
});

test('a process is measured under the names of Prometheus', async () => {
  await using metrics = await start();
  const text = await scrape(metrics);
  for (const name of [
    'process_cpu_seconds_total',
    'process_resident_memory_bytes',
    'process_start_time_seconds',
    'nodejs_heap_size_used_bytes',
    'nodejs_external_memory_bytes',
    'nodejs_eventloop_lag_p99_seconds',
    'nodejs_eventloop_lag_max_seconds',
    'nodejs_eventloop_utilization',
  ]) {
    assert.match(text, new RegExp(`^${name} [\\d.e-]+$`, 'm'));
  }
  assert.match(text, /^target_info\{service_name="receiver",service_namespace="knative-eventing",/m);
  assert.doesNotMatch(text, /otel_scope/);
});

test('several run in one process, each with its own values, and nothing is registered globally', async () => {
  const providers = [globalMetrics.getMeterProvider(), logs.getLoggerProvider()];
  await using one = await start();
  await using two = await start();
  createCounter(one.meter, metricDefinitions.outcomes).series({ of: 'one' }).add();
  createCounter(two.meter, metricDefinitions.outcomes).series({ of: 'two' }).add();
  assert.match(await scrape(one), /eventing_kafka_delivery_outcomes_total\{of="one"\} 1/);
  assert.doesNotMatch(await scrape(two), /of="one"/);
  assert.equal(globalMetrics.getMeterProvider(), providers[0]);
  assert.equal(globalMetrics.getMeter('x').constructor.name, 'NoopMeter');
});

test("a service's own global meter provider is left in place", async () => {
  const mine = { getMeter: (name: string) => globalMetrics.getMeter(name) };
  globalMetrics.setGlobalMeterProvider(mine);
  try {
    await using _metrics = await start();
    assert.equal(globalMetrics.getMeterProvider(), mine);
  } finally {
    globalMetrics.disable();
  }
});

test('OTEL_SDK_DISABLED switches metrics off and leaves health', () => {
  const code = `
    import { startMetrics, createCounter, metricDefinitions } from '@eventing-kafka/metrics';
    await using metrics = await startMetrics({ serviceName: 'a', serviceNamespace: 'b', host: '127.0.0.1', port: 0, readiness: () => ({ ready: true }) });
    createCounter(metrics.meter, metricDefinitions.outcomes).series({}).add();
    for (const path of ['/metrics', '/readyz']) console.log((await fetch(metrics.admin.url + path)).status);`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@eventing-kafka/source', '--input-type=module', '--eval', code],
    {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      env: { ...process.env, OTEL_SDK_DISABLED: 'true', FORCE_COLOR: '0' },
    },
  );
  assert.equal(stdout, '404\n200\n', stderr);
});

test('the names are those of the definitions', () => {
  assert.equal(metricNames.dispatchLatency, 'kn.eventing.dispatch.latency');
  assert.equal(new Set(Object.values(metricNames)).size, Object.keys(metricDefinitions).length);
});
