import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTracing } from '@eventing-kafka/tracing';
import { dispatched, event, quick } from '../testing/dispatched.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const producerSpan = 'b7ad6b7169203331';
const context = { traceparent: `00-${traceId}-${producerSpan}-01`, tracestate: 'a=1', baggage: 'k=v' };

const none = { protocol: 'none' } as const;
const tracingOptions = { serviceName: 'a', serviceNamespace: 'b', export: none, samplingRatio: 0 };

test('each attempt carries the trace of the producer on, with a span id of its own', async () => {
  await using tracing = await startTracing(tracingOptions);
  const setup = { tracing, headers: context, config: quick, deadLetter: () => 204, subscriber: () => 503 };
  await dispatched(setup, ({ s, d }) => {
    const sent = [...s.requests, ...d.requests].map(({ headers }) => headers);
    assert.equal(sent.length, 7);
    for (const headers of sent) {
      assert.match(String(headers['traceparent']), new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
      assert.deepEqual([headers['tracestate'], headers['baggage']], ['a=1', 'k=v']);
    }
    assert.equal(new Set([...sent.map((headers) => headers['traceparent']), context.traceparent]).size, 8);
  });
});

test('a reply in a topic continues the trace of the event it answers', async () => {
  await using tracing = await startTracing(tracingOptions);
  const subscriber = () => ({ status: 200, headers: event() });
  await dispatched({ tracing, headers: context, subscriber }, ({ stored }) => {
    const [first] = stored[0]?.headers ?? [];
    assert.equal(first?.name, 'traceparent');
    assert.match(String(first.value), new RegExp(`^00-${traceId}-(?!${producerSpan})`));
  });
});

test('what is no trace context does not go on, and nobody needs one', async () => {
  await using tracing = await startTracing(tracingOptions);
  for (const headers of [{}, { traceparent: 'garbage', tracestate: 'a=1' }, { baggage: 'k=v' }]) {
    await dispatched({ tracing, headers }, ({ s }) => {
      const sent = s.requests[0]?.headers ?? {};
      assert.deepEqual([sent['traceparent'], sent['tracestate'], sent['baggage']], [undefined, undefined, undefined]);
    });
  }
});

test('without tracing the context of a record goes on as it is', async () => {
  await dispatched({ headers: context }, ({ s }) => {
    assert.equal(s.requests[0]?.headers['traceparent'], context.traceparent);
  });
});
