import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startMetrics } from '@eventing-kafka/metrics';
import { resource } from '../testing/contracts.ts';
import { IngressInstruments } from './instruments.ts';
import type { RouteMeasurements } from './instruments.ts';
import type { RoutePlan } from './route-plan.ts';
import { planRoute } from './route-plan.ts';

function plan(uid: string): RoutePlan {
  const decision = planRoute(resource(uid, { path: `/${uid}` }));
  assert.equal(decision.kind, 'route');
  return decision.plan;
}

async function measured(
  use: (instruments: IngressInstruments, route: RouteMeasurements) => void,
): Promise<readonly string[]> {
  await using metrics = await startMetrics({
    serviceName: 't',
    serviceNamespace: '',
    host: '127.0.0.1',
    port: 0,
    readiness: () => ({ ready: true }),
  });
  const instruments = new IngressInstruments(metrics.meter);
  use(instruments, instruments.route(plan('b')));
  const text = await (await fetch(new URL('/metrics', metrics.admin.url))).text();
  return text.split('\n').filter((line) => !line.startsWith('#'));
}

function count(lines: readonly string[], metric: string, ...labels: readonly string[]): number {
  const series = lines.filter((line) => line.startsWith(`${metric}{`) && labels.every((label) => line.includes(label)));
  return series.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test('receiver 20.7 X-19: 202, 400 and 503 are three series of the latency, by type and resource', async () => {
  const lines = await measured((_instruments, route) => {
    route.answered(202, 'my.type', 3);
    route.answered(202, 'my.type', 70);
    route.answered(400, '', 1);
    route.answered(503, 'my.type', 6000);
  });
  const metric = 'kn_eventing_dispatch_latency_ms';
  const resourceLabels = ['kn_broker_name="b"', 'kn_broker_namespace="ns"'];
  const labels = (code: number, type: string): string[] => [
    `http_response_status_code="${code}"`,
    `cloudevents_type="${type}"`,
    ...resourceLabels,
  ];
  assert.equal(count(lines, `${metric}_count`, ...labels(202, 'my.type')), 2);
  assert.equal(count(lines, `${metric}_sum`, ...labels(202, 'my.type')), 73);
  assert.equal(count(lines, `${metric}_bucket`, 'le="50"', ...labels(202, 'my.type')), 1);
  assert.equal(count(lines, `${metric}_count`, ...labels(400, 'unknown')), 1);
  assert.equal(count(lines, `${metric}_count`, ...labels(503, 'my.type')), 1);
});

test('security 8 V8: ten thousand event types are fifty series and one more for all others', async () => {
  const lines = await measured((_instruments, route) => {
    for (let i = 0; i < 10_000; i += 1) route.answered(202, `type-${i}`, 0.2);
  });
  const name = 'kn_eventing_dispatch_latency_ms_count';
  assert.equal(lines.filter((line) => line.startsWith(name)).length, 51);
  assert.equal(count(lines, name, 'cloudevents_type="other"'), 9_950);
});

test('receiver F-14: refusals are counted by reason, durations in parts of a millisecond, and event types beyond fifty share a series', async () => {
  const lines = await measured((instruments, route) => {
    instruments.refused('no-route');
    instruments.refused('no-route');
    instruments.inFlight(7, 1234);
    for (let i = 0; i < 60; i += 1) route.answered(202, `type-${i}`, 0.2);
  });
  assert.equal(
    count(
      lines,
      'eventing_kafka_ingress_refused_requests_total',
      'error_type="no-route"',
      'http_response_status_code="404"',
    ),
    2,
  );
  assert.equal(count(lines, 'kn_eventing_dispatch_latency_ms_count', 'cloudevents_type="other"'), 10);
  // What takes less than a millisecond is told apart.
  const duration = 'eventing_kafka_ingress_duration_seconds_bucket';
  assert.equal(count(lines, duration, 'le="0.0001"', 'cloudevents_type="other"'), 0);
  assert.equal(count(lines, duration, 'le="0.00025"', 'cloudevents_type="other"'), 10);
  for (const inFlight of ['ingress_in_flight 7', 'producer_in_flight_bytes 1234'])
    assert.ok(
      lines.some((line) => line.replace(/\{.*\}/, '').endsWith(inFlight)),
      inFlight,
    );
});

test('all series of a resource go when it does', async () => {
  const lines = await measured((instruments, route) => {
    route.answered(202, 't', 1);
    instruments.route(plan('c')).answered(202, 't', 1);
    instruments.forget(plan('b'));
  });
  assert.equal(count(lines, 'kn_eventing_dispatch_latency_ms_count', 'kn_broker_name="b"'), 0);
  assert.equal(count(lines, 'kn_eventing_dispatch_latency_ms_count', 'kn_broker_name="c"'), 1);
});
