/**
 * What the codec costs per event, beside the `cloudevents` package doing the same. Prints JSON lines:
 *
 *     node --conditions=@eventing-kafka/source benchmarks/codec.ts
 */
import { HTTP } from 'cloudevents';
import type { CloudEventV1, Message } from 'cloudevents';
import { readHttpEvent, readRecordEvent, toHttpRequest, toRecord, withExtensions } from '../src/index.ts';

const data = Buffer.from(
  JSON.stringify({
    text: 'x'.repeat(500),
    items: Array.from({ length: 40 }, (_, at) => at * 1.5),
    more: { a: 'y'.repeat(300) },
  }),
);
const attributes = {
  'ce-specversion': '1.0',
  'ce-id': 'b46cf653-d48a-4b90-8dfa-355c01061361',
  'ce-source': '/apis/v1/namespaces/default/pingsources/test',
  'ce-type': 'dev.knative.sources.ping',
  'ce-time': '2026-07-31T09:23:12.123456Z',
  'ce-subject': 'orders/1234',
  'ce-partitionkey': 'customer-77',
};
const rawHeaders = [
  ...['Host', 'broker-ingress.knative-eventing.svc.cluster.local', 'User-Agent', 'bench/1', 'Accept-Encoding', 'gzip'],
  ...['Content-Type', 'application/json', 'Content-Length', String(data.length)],
  ...Object.entries(attributes).flat(),
];
const incoming = Object.fromEntries(
  Array.from({ length: rawHeaders.length / 2 }, (_, at) => [
    rawHeaders[2 * at]!.toLowerCase(),
    rawHeaders[2 * at + 1]!,
  ]),
);
const structuredBody = toHttpRequest(readHttpEvent(rawHeaders, data), 'structured').body!;
const structuredHeaders = [
  'Host',
  'broker-ingress',
  'Content-Type',
  'application/cloudevents+json',
  'Content-Length',
  String(structuredBody.length),
];
const consumed = toRecord(readHttpEvent(rawHeaders, data), 'binary').headers.map(({ name, value }) => ({
  name,
  value: Buffer.from(value),
}));
const parsed = HTTP.toEvent({ headers: incoming, body: data.toString() }) as CloudEventV1<unknown>;

/** Keeps results alive, so that nothing measured is optimised away. */
let sink: unknown;

const cases: readonly { bench: string; of: 'codec' | 'sdk'; run: () => unknown }[] = [
  { bench: 'http-to-record binary', of: 'codec', run: () => toRecord(readHttpEvent(rawHeaders, data), 'binary') },
  {
    bench: 'http-to-record binary',
    of: 'sdk',
    run: () => HTTP.binary(HTTP.toEvent({ headers: incoming, body: data.toString() }) as CloudEventV1<unknown>),
  },
  {
    bench: 'http-to-record structured',
    of: 'codec',
    run: () => toRecord(readHttpEvent(structuredHeaders, structuredBody), 'structured'),
  },
  {
    bench: 'http-to-record structured',
    of: 'sdk',
    run: () =>
      sdkStructured({ headers: { 'content-type': 'application/cloudevents+json' }, body: structuredBody.toString() }),
  },
  {
    bench: 'http structured to record binary',
    of: 'codec',
    run: () => toRecord(readHttpEvent(structuredHeaders, structuredBody), 'binary'),
  },
  {
    bench: 'record-to-http binary',
    of: 'codec',
    run: () =>
      toHttpRequest(
        withExtensions(readRecordEvent({ headers: consumed, value: data }), {
          knativekafkapartition: 3,
          knativekafkaoffset: 123456,
        }),
        'binary',
      ),
  },
  {
    bench: 'record-to-http binary',
    of: 'sdk',
    run: () => HTTP.binary(HTTP.toEvent({ headers: incoming, body: data.toString() }) as CloudEventV1<unknown>),
  },
  {
    bench: 'record read, one attribute asked',
    of: 'codec',
    run: () => readRecordEvent({ headers: consumed, value: data }).attribute('type'),
  },
  { bench: 'encode binary', of: 'sdk', run: () => HTTP.binary(parsed) },
];

function sdkStructured(message: Message): unknown {
  return HTTP.structured(HTTP.toEvent(message) as CloudEventV1<unknown>);
}

for (const { bench, of, run } of cases) {
  const rounds = Array.from({ length: 7 }, () => nanosecondsEach(run)).sort((a, b) => a - b);
  console.log(
    JSON.stringify({
      bench,
      of,
      nsPerEvent: Math.round(rounds[3]!),
      bestNsPerEvent: Math.round(rounds[0]!),
      dataBytes: data.length,
      node: process.version,
    }),
  );
}

/** CPU time (user and system) each, the mean over about a fifth of a second: a busy machine changes it less than the clock. */
function nanosecondsEach(run: () => unknown): number {
  const end = performance.now() + 200;
  const before = process.cpuUsage();
  let events = 0;
  while (performance.now() < end) {
    for (let at = 0; at < 500; at++) sink = run();
    events += 500;
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / events;
}

if (sink === undefined) throw new Error('nothing was measured');
