import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { InMemorySpanExporter, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace';
import { startTracing, type Tracing, type TracingOptions } from './start-tracing.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const callerId = 'b7ad6b7169203331';
const sampled = `00-${traceId}-${callerId}-01`;
const event = { id: '1', source: '/shop', type: 'order.placed' };
const post = { method: 'POST', path: '/default/shop', scheme: 'http' } as const;
const record = { topic: 't', partition: 3, offset: 42, consumerGroup: 'g', event };

/** Keeps what was exported beyond the end of tracing. */
class Kept extends InMemorySpanExporter {
  readonly spans: ReadableSpan[] = [];
  override export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.spans.push(...spans);
    super.export(spans, done);
  }
}

function start(options: Partial<TracingOptions> = {}): Promise<Tracing> {
  const none = { protocol: 'none' } as const;
  return startTracing({ serviceName: 'a', serviceNamespace: 'b', export: none, samplingRatio: 0, ...options });
}

test('a trace goes from the caller through request, record and delivery to the subscriber', async () => {
  const exporter = new Kept();
  {
    await using tracing = await start({ exporter });
    const ingest = tracing.ingest({ traceparent: sampled, tracestate: 'a=1', baggage: 'k=v;p=1' }, post);
    assert.ok(ingest !== undefined);
    const produce = ingest.produce('t', event);
    assert.match(produce.headers.traceparent ?? '', new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    assert.equal(produce.headers.tracestate, 'a=1');
    assert.equal(produce.headers.baggage, 'k=v;p=1', 'as it came');
    produce.end();
    ingest.answered(202);
    const delivery = tracing.deliver(produce.headers, record);
    assert.ok(delivery !== undefined);
    const first = delivery.request('https://user:secret@shop.example/orders?token=secret');
    first.answered(503);
    const second = delivery.request('https://shop.example/orders');
    second.answered(200);
    delivery.reply('t', { ...event, id: '2' }).end();
    delivery.end();
  }
  const { spans } = exporter;
  assert.ok(spans.every((span) => span.spanContext().traceId === traceId));
  const byId = new Map(spans.map((span) => [span.spanContext().spanId, span]));
  const parentOf = (span: ReadableSpan): string | undefined => byId.get(span.parentSpanContext?.spanId ?? '')?.name;
  assert.deepEqual(
    spans.map((span) => [span.name, span.kind, parentOf(span)]),
    [
      ['send t', SpanKind.PRODUCER, 'POST'],
      ['POST', SpanKind.SERVER, undefined],
      ['POST', SpanKind.CLIENT, 'process t'],
      ['POST', SpanKind.CLIENT, 'process t'],
      ['send t', SpanKind.PRODUCER, 'process t'],
      ['process t', SpanKind.CONSUMER, 'send t'],
    ],
  );
  assert.equal(spans[1]?.parentSpanContext?.spanId, callerId);
  assert.equal(spans[1].attributes['cloudevents.event_id'], '1');
  assert.equal(spans[2]?.attributes['url.full'], 'https://shop.example/orders');
  assert.equal(spans[2].status.code, SpanStatusCode.ERROR);
  assert.equal(spans[3]?.attributes['http.request.resend_count'], 1);
  assert.deepEqual(spans[0]?.resource.attributes, { 'service.name': 'a', 'service.namespace': 'b' });
});

test('without a collector trace context is passed on all the same, each time with a span id of its own', async () => {
  await using tracing = await start();
  const ids = ['00', '01'].map((flag) => {
    const headers = { traceparent: `00-${traceId}-${callerId}-${flag}` };
    const passed = tracing.ingest(headers, post)?.produce('t', event).headers.traceparent;
    const [, id, span, flags] = passed?.split('-') ?? [];
    assert.equal(id, traceId);
    assert.equal(flags, flag, 'the caller’s decision stays');
    return span;
  });
  assert.equal(new Set([...ids, callerId]).size, 3);
});

for (const [what, traceparent] of [
  ['none', undefined],
  ['an empty one', ''],
  ['a trace id of zeros', `00-${'0'.repeat(32)}-${callerId}-01`],
  ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
  ['version ff', `ff-${traceId}-${callerId}-01`],
  ['more in version 00', `${sampled}-x`],
  ['upper-case digits', sampled.toUpperCase()],
] as const) {
  test(`no trace from a traceparent that is invalid: ${what}`, async () => {
    await using tracing = await start();
    assert.equal(tracing.ingest({ traceparent, tracestate: 'a=1', baggage: 'k=v' }, post), undefined);
    assert.equal(tracing.deliver({ traceparent }, record), undefined);
  });
}

test('a later version with more to it is one; of two the first counts', async () => {
  await using tracing = await start();
  for (const traceparent of [`01-${traceId}-${callerId}-01-more`, `${sampled}, 00-${'1'.repeat(32)}-${callerId}-01`]) {
    const passed = tracing.ingest({ traceparent }, post)?.produce('t', event).headers.traceparent;
    assert.match(passed ?? '', new RegExp(`^00-${traceId}-`));
  }
});

test('the ratio begins traces only where spans go somewhere', async () => {
  await using none = await start({ samplingRatio: 1 });
  assert.equal(none.startsTraces, false);
  assert.equal(none.ingest({}, post), undefined);
  const exporter = new Kept();
  {
    await using all = await start({ samplingRatio: 1, exporter });
    assert.equal(all.startsTraces, true);
    const ingest = all.ingest({}, post);
    assert.match(ingest?.produce('t', event).headers.traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    ingest?.answered(202);
    await using few = await start({ samplingRatio: 1e-12, exporter });
    assert.equal(few.ingest({}, post), undefined, 'not picked: nothing is written to the record');
  }
  assert.equal(exporter.spans.length, 1);
});

test('baggage that cannot be a header is left out', async () => {
  await using tracing = await start();
  for (const baggage of ['k=v\r\nx: y', 'k=é', 'k'.repeat(8193)]) {
    const headers = tracing.deliver({ traceparent: sampled, baggage }, record)?.request('http://a/').headers;
    assert.equal(headers?.baggage, undefined);
    assert.ok(headers?.traceparent !== undefined);
  }
});

test('failures are told by spans', async () => {
  const exporter = new Kept();
  {
    await using tracing = await start({ exporter });
    const ingest = tracing.ingest({ traceparent: sampled }, post);
    ingest?.produce('t', event).end(Object.assign(new Error('too large'), { code: 'KAFKA_RECORD_TOO_LARGE' }));
    ingest?.answered(413);
    tracing.ingest({ traceparent: sampled }, post)?.answered(503);
    const delivery = tracing.deliver({ traceparent: sampled }, record);
    delivery?.request('http://a:8080/').failed(Object.assign(new Error('gone'), { code: 'ECONNRESET' }));
    delivery?.end(new TypeError('bad'));
  }
  assert.deepEqual(
    exporter.spans.map(({ status, attributes }) => [status.code, attributes['error.type']]),
    [
      [SpanStatusCode.ERROR, 'KAFKA_RECORD_TOO_LARGE'],
      [SpanStatusCode.UNSET, undefined],
      [SpanStatusCode.ERROR, '503'],
      [SpanStatusCode.ERROR, 'ECONNRESET'],
      [SpanStatusCode.ERROR, 'TypeError'],
    ],
  );
});

test('a collector that is away is told once, and does not keep tracing from ending', async () => {
  const told: unknown[] = [];
  const logger = { warn: (...words: unknown[]) => told.push(words) } as unknown as NonNullable<
    TracingOptions['logger']
  >;
  const exporter: SpanExporter = {
    export: (_spans, done) => done({ code: ExportResultCode.FAILED, error: new Error('connect ECONNREFUSED') }),
    shutdown: () => Promise.reject(new Error('away')),
  };
  const tracing = await start({ exporter, logger });
  tracing.ingest({ traceparent: sampled }, post)?.answered(202);
  await tracing[Symbol.asyncDispose]();
  await tracing[Symbol.asyncDispose]();
  assert.match(JSON.stringify(told[0]), /spans were lost/);
});
