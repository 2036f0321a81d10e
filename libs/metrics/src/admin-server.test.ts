import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { createLogger } from '@eventing-kafka/logging';
import { startMetrics, type Metrics, type MetricsOptions } from './start-metrics.ts';

function start(options: Partial<MetricsOptions> = {}): Promise<Metrics> {
  return startMetrics({
    serviceName: 'receiver',
    serviceNamespace: 'knative-eventing',
    host: '127.0.0.1',
    port: 0,
    readiness: () => ({ ready: true }),
    ...options,
  });
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

async function get(metrics: Metrics, path: string, method = 'GET'): Promise<Answer> {
  const response = await fetch(metrics.admin.url + path, { method });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

test('readiness is asked anew every time and tells its reason', async () => {
  let ready = false;
  await using metrics = await start({
    readiness: () => (ready ? { ready } : { ready, reason: 'no contract was received yet' }),
  });
  const before = await get(metrics, '/readyz');
  assert.deepEqual([before.status, before.text], [503, 'not ready: no contract was received yet\n']);
  ready = true;
  const after = await get(metrics, '/readyz?verbose');
  assert.deepEqual([after.status, after.text], [200, 'ok\n']);
});

test('a process that answers is alive unless liveness says otherwise', async () => {
  await using alive = await start({ readiness: () => ({ ready: false }) });
  assert.equal((await get(alive, '/healthz')).status, 200);
  await using stuck = await start({ liveness: () => ({ ready: false, reason: 'the producer failed for good' }) });
  const answer = await get(stuck, '/healthz');
  assert.deepEqual([answer.status, answer.text], [503, 'not ready: the producer failed for good\n']);
});

test('a check or page that throws is logged and answered, and the server goes on', async () => {
  const lines: string[] = [];
  await using metrics = await start({
    readiness: () => {
      throw new Error('check broke');
    },
    routes: {
      '/status': () => {
        throw new Error('page broke');
      },
    },
    logger: createLogger({ level: 'info', format: 'json', write: (line) => lines.push(line) }),
  });
  assert.equal((await get(metrics, '/readyz')).status, 503);
  assert.equal((await get(metrics, '/status')).status, 500);
  assert.equal((await get(metrics, '/healthz')).status, 200);
  assert.match(lines.join(''), /check broke[^]*page broke/);
});

test('serves the pages of the app, anew every time', async () => {
  let count = 0;
  await using metrics = await start({
    routes: { '/status': () => ({ contentType: 'application/json', body: JSON.stringify({ count: (count += 1) }) }) },
  });
  await get(metrics, '/status');
  const answer = await get(metrics, '/status');
  assert.equal(answer.text, '{"count":2}');
  assert.equal(answer.headers.get('content-type'), 'application/json');
});

test('unknown paths get 404 with the known ones, other methods 405', async () => {
  await using metrics = await start();
  for (const path of ['/', '/metrics/', '/constructor', '/__proto__']) {
    const answer = await get(metrics, path);
    assert.deepEqual([answer.status, answer.text], [404, 'Not found. This server has /healthz, /metrics, /readyz.\n']);
  }
  const post = await get(metrics, '/metrics', 'POST');
  assert.equal(post.status, 405);
  assert.equal(post.headers.get('allow'), 'GET, HEAD');
  const head = await get(metrics, '/metrics', 'HEAD');
  assert.deepEqual([head.status, head.text], [200, '']);
});

test('a port in use, and an address that is none, are typed errors with a remedy', async () => {
  await using metrics = await start();
  const { port } = metrics.admin;
  await assert.rejects(start({ port }), {
    name: 'MetricsError',
    code: 'METRICS_PORT_IN_USE',
    message: `Port ${port} on 127.0.0.1, for metrics and health, is in use: stop what listens there or choose another port (0 for any free one).`,
  });
  await assert.rejects(start({ host: '203.0.113.1' }), { code: 'METRICS_HOST_UNKNOWN' });
});

test('closes at once with idle connections, with one half-way through a request, and twice', async () => {
  const metrics = await start();
  await get(metrics, '/healthz');
  const socket = connect(metrics.admin.port, '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  socket.write('GET /healthz HTTP/1.1\r\nhost:');
  await metrics[Symbol.asyncDispose]();
  await metrics[Symbol.asyncDispose]();
  await closed;
  await assert.rejects(get(metrics, '/healthz'));
});

test('listening on all addresses, the url is one that can be asked', async () => {
  await using metrics = await start({ host: '0.0.0.0' });
  assert.equal(metrics.admin.url, `http://127.0.0.1:${metrics.admin.port}`);
  assert.equal((await get(metrics, '/healthz')).status, 200);
});
