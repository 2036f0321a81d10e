import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { readSettings } from '@eventing-kafka/config';
import { tracingOptions, tracingSettings } from './settings.ts';
import { startTracing } from './start-tracing.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('spans reach a collector over OTLP, in one batch, before tracing has ended', async () => {
  const requests: { readonly path: string | undefined; readonly type: string | undefined; readonly body: Buffer }[] =
    [];
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({ path: request.url, type: request.headers['content-type'], body: Buffer.concat(chunks) });
      response.writeHead(200).end();
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;
  try {
    const env = { TRACING_PROTOCOL: 'http/protobuf', TRACING_ENDPOINT: endpoint };
    const options = tracingOptions(readSettings(tracingSettings, { env }));
    {
      await using tracing = await startTracing({ serviceName: 'receiver-x', serviceNamespace: 'ns', ...options });
      for (let count = 0; count < 3; count += 1) {
        tracing.ingest({ traceparent }, { method: 'POST', path: '/ns/b', scheme: 'http' })?.answered(202);
      }
    }
    assert.deepEqual(
      requests.map(({ path, type }) => [path, type]),
      [['/v1/traces', 'application/x-protobuf']],
    );
    assert.ok(requests[0]?.body.includes('receiver-x'));
  } finally {
    collector.closeAllConnections();
    collector.close();
  }
});

test('settings: no collector unless asked for, and then an endpoint is needed', () => {
  const none = readSettings(tracingSettings, { env: {} });
  assert.deepEqual(tracingOptions(none), { export: { protocol: 'none' }, samplingRatio: 0 });
  assert.throws(() => readSettings(tracingSettings, { env: { TRACING_PROTOCOL: 'grpc' } }), /TRACING_ENDPOINT/);
  const wrong = { TRACING_PROTOCOL: 'zipkin', TRACING_ENDPOINT: 'collector:4317', TRACING_SAMPLING_RATIO: '2' };
  assert.throws(
    () => readSettings(tracingSettings, { env: wrong }),
    /3 settings[^]*TRACING_PROTOCOL[^]*TRACING_ENDPOINT[^]*TRACING_SAMPLING_RATIO/,
  );
});
