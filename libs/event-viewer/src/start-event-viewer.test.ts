import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { startEventViewer, type EventViewer } from './index.ts';

interface Watched extends AsyncDisposable {
  readonly viewer: EventViewer;
  readonly printed: () => string;
}

async function startWatched(): Promise<Watched> {
  const blocks: string[] = [];
  const viewer = await startEventViewer({
    host: '127.0.0.1',
    port: 0,
    write: (text) => blocks.push(text),
    colors: false,
    now: () => new Date(2026, 0, 2, 3, 4, 5, 6),
  });
  return { viewer, printed: () => blocks.join(''), [Symbol.asyncDispose]: () => viewer[Symbol.asyncDispose]() };
}

const eventHeaders = { 'ce-specversion': '1.0', 'ce-id': '42', 'ce-source': '/shop', 'ce-type': 'order.placed' };

test('prints a binary event under the name of the path and answers 204', async () => {
  await using watched = await startWatched();
  const response = await fetch(`${watched.viewer.url}/orders`, {
    method: 'POST',
    headers: { ...eventHeaders, 'ce-subject': 'café', 'ce-partitionkey': 'k', 'content-type': 'application/json' },
    body: '{"total":12345678901234567890}',
  });
  assert.equal(response.status, 204);
  assert.equal(
    watched.printed(),
    [
      '03:04:05.006  orders',
      '  type          order.placed',
      '  source        /shop',
      '  id            42',
      '  subject       café',
      '  partitionkey  k',
      '  data (application/json, 30 bytes)',
      '    {',
      '      "total": 12345678901234567890',
      '    }',
      '',
      '',
    ].join('\n'),
  );
});

test('prints a structured event without data', async () => {
  await using watched = await startWatched();
  const response = await fetch(`${watched.viewer.url}/orders?x=y`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({ specversion: '1.0', id: '7', source: '/s', type: 't' }),
  });
  assert.equal(response.status, 204);
  assert.match(watched.printed(), /orders\n {2}type {4}t\n {2}source {2}\/s\n {2}id {6}7\n {2}no data\n/);
});

for (const [path, status] of [
  ['/orders?status=503', 503],
  ['/orders?status=202', 202],
  ['/orders/fail', 500],
  ['/failing-orders', 500],
] as const) {
  test(`answers ${status} to a valid event posted to ${path}`, async () => {
    await using watched = await startWatched();
    const response = await fetch(watched.viewer.url + path, { method: 'POST', headers: eventHeaders });
    assert.equal(response.status, status);
    assert.equal(watched.printed().includes(`answered ${status}`), status >= 300);
  });
}

test('tells what a dead letter went through', async () => {
  await using watched = await startWatched();
  const headers = {
    ...eventHeaders,
    'ce-knativeerrordest': 'http://127.0.0.1:1/orders',
    'ce-knativeerrorcode': '500',
    'ce-knativeerrordata': Buffer.from('out of\u001b[31m stock\n').toString('base64'),
  };
  await fetch(`${watched.viewer.url}/dead`, { method: 'POST', headers });
  assert.match(watched.printed(), /^03:04:05\.006 {2}dead {2}dead letter\n/);
  assert.ok(
    watched
      .printed()
      .includes('could not be delivered to http://127.0.0.1:1/orders: answered 500, saying "out of\\u001b[31m stock"'),
    watched.printed(),
  );
});

test('refuses what is no event with the reason, and prints that it did', async () => {
  await using watched = await startWatched();
  const { 'ce-source': _source, ...headers } = eventHeaders;
  const response = await fetch(`${watched.viewer.url}/orders`, { method: 'POST', headers });
  assert.equal(response.status, 400);
  assert.match(await response.text(), /source/);
  assert.match(watched.printed(), /orders {2}refused with 400: .*source/);
});

test('refuses a body above its limit without reading it', async () => {
  await using watched = await startWatched();
  await using stack = new AsyncDisposableStack();
  const socket = stack.adopt(connect(watched.viewer.port, '127.0.0.1'), (used) => void used.destroy());
  socket.write(`POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: 5000000\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 413 /);
});

test('refuses a body without a length once it grows too large', async () => {
  await using watched = await startWatched();
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)),
  });
  const response = fetch(`${watched.viewer.url}/orders`, {
    method: 'POST',
    body,
    headers: eventHeaders,
    duplex: 'half',
  });
  // The connection may be gone before the answer is read; either way nothing was kept.
  const status = await response.then(
    ({ status }) => status,
    () => 413,
  );
  assert.equal(status, 413);
});

test('answers 405 to other methods, help to GET / and 400 to a status that is none', async () => {
  await using watched = await startWatched();
  const put = await fetch(`${watched.viewer.url}/orders`, { method: 'PUT' });
  assert.equal(put.status, 405);
  assert.equal(put.headers.get('allow'), 'POST');
  const help = await fetch(watched.viewer.url);
  assert.match(await help.text(), /POST a CloudEvent to \/<name>/);
  const odd = await fetch(`${watched.viewer.url}/orders?status=99`, { method: 'POST', headers: eventHeaders });
  assert.equal(odd.status, 400);
});

test('a failing writer answers 500 and the viewer goes on', async () => {
  let fails = true;
  await using viewer = await startEventViewer({
    host: '127.0.0.1',
    port: 0,
    write: () => {
      if (fails) throw new Error('disk full');
    },
    colors: false,
  });
  const post = (): Promise<Response> => fetch(`${viewer.url}/x`, { method: 'POST', headers: eventHeaders });
  assert.equal((await post()).status, 500);
  fails = false;
  assert.equal((await post()).status, 204);
});

test('a port in use is one typed error with a remedy', async () => {
  await using watched = await startWatched();
  const { port } = watched.viewer;
  await assert.rejects(startEventViewer({ host: '127.0.0.1', port, write: () => undefined, colors: false }), {
    name: 'EventViewerError',
    code: 'EVENT_VIEWER_PORT_IN_USE',
    message: `Port ${port} on 127.0.0.1, for the event viewer, is in use: stop what listens there or choose another port (0 for any free one).`,
  });
});

test('closes while a request is half sent, and twice', async () => {
  const watched = await startWatched();
  const socket = connect(watched.viewer.port, '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  socket.write('POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf');
  await watched[Symbol.asyncDispose]();
  await watched[Symbol.asyncDispose]();
  await closed;
});
