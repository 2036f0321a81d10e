import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ContentMode } from '@eventing-kafka/contract';
import { startEmbeddedKafka, type EmbeddedKafka } from '@eventing-kafka/kafka-client/testing';
import { startTracing, type Tracing } from '@eventing-kafka/tracing';
import { ContractHistory, resource } from '../testing/contracts.ts';
import { startTestIngress } from '../testing/ingress.ts';
import { ask, eventE } from '../testing/raw-http.ts';
import { TopicTail } from '../testing/topic-tail.ts';
import type { Ingress } from './start-ingress.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const traceparent = `traceparent: 00-${traceId}-b7ad6b7169203331-01`;

let stack: AsyncDisposableStack;
let kafka: EmbeddedKafka;
let tracing: Tracing;
let ingress: Ingress;

before(async () => {
  stack = new AsyncDisposableStack();
  kafka = stack.use(await startEmbeddedKafka());
  const none = { protocol: 'none' } as const;
  tracing = stack.use(await startTracing({ serviceName: 'a', serviceNamespace: 'b', export: none, samplingRatio: 0 }));
  ingress = stack.use(await startTestIngress(kafka.clients, { tracing }));
  const { bootstrapServers } = kafka;
  const structured = { path: '/ns/structured', contentMode: ContentMode.STRUCTURED };
  await ingress.apply(
    new ContractHistory().next(
      resource('binary', { path: '/ns/binary' }, { bootstrapServers }),
      resource('structured', structured, { bootstrapServers }),
    ),
  );
});
after(() => stack.disposeAsync());

/** Names and values of the record that an event with these headers became. */
async function headersOf(name: string, lines: readonly string[]): Promise<readonly (readonly [string, string])[]> {
  const answer = await ask(ingress.port, { target: `/ns/${name}`, lines: [...eventE, ...lines] });
  assert.equal(answer?.status, 202, answer?.body);
  await using tail = await TopicTail.open(kafka.clients, kafka.bootstrapServers, `topic-${name}`);
  const { headers } = await tail.next();
  return headers.map((header) => [header.name, header.value?.toString() ?? ''] as const);
}

test('receiver 20.7 X-15: a traceparent goes on in front of the headers of the event, with a span id of its own', async () => {
  const headers = await headersOf('binary', [traceparent, 'tracestate: a=1', 'baggage: k=v;p=1']);
  assert.deepEqual(
    headers.slice(0, 4).map(([name]) => name),
    ['traceparent', 'tracestate', 'baggage', 'ce_specversion'],
  );
  assert.match(headers[0]?.[1] ?? '', new RegExp(`^00-${traceId}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
  assert.deepEqual([headers[1]?.[1], headers[2]?.[1]], ['a=1', 'k=v;p=1']);
});

test('receiver 20.7 X-16: without a traceparent no header of a trace is in the record', async () => {
  const headers = await headersOf('structured', ['tracestate: a=1', 'baggage: k=v']);
  assert.deepEqual(headers, [['content-type', 'application/cloudevents+json']]);
});
