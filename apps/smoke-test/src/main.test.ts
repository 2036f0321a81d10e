import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProcess, type RunningProcess } from '@eventing-kafka/app-runtime/testing';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const timeout = 60_000;

/** A broker as far as its producers see one: `answer` says what it does with each event. */
async function startBroker(answer: RequestListener): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return {
    url: `http://127.0.0.1:${address.port}/default/smoke`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function start(brokerUrl: string, env: Readonly<Record<string, string>> = {}): RunningProcess {
  const fixed = { SUBSCRIBER_HOST: '127.0.0.1', SUBSCRIBER_PORT: '0', LOG_FORMAT: 'json', SMOKE_TEST_INTERVAL: '20ms' };
  return startProcess([main], { env: { ...fixed, BROKER_URL: brokerUrl, ...env } });
}

/** Delivers to the subscriber what was posted, its `ce-id` changed by `id`. */
async function deliver(app: RunningProcess, postedId: string): Promise<number> {
  const { port } = await app.logged('smoke test started');
  const headers = { 'ce-specversion': '1.0', 'ce-id': postedId, 'ce-source': '/test', 'ce-type': 'test' };
  return (await fetch(`http://127.0.0.1:${String(port)}/`, { method: 'POST', headers })).status;
}

test('an event that comes back ends the test with exit code 0', { timeout }, async () => {
  const ids: string[] = [];
  await using broker = await startBroker((request, response) => {
    ids.push(String(request.headers['ce-id']));
    response.writeHead(202).end();
    void deliver(app, ids.at(-1) ?? '');
  });
  await using app = start(broker.url);
  assert.equal(await app.exitCode(), 0, app.stderr);
  assert.equal(new Set(ids).size, ids.length, 'each event has an id of its own');
});

test('a Broker that is not known at first is waited for', { timeout }, async () => {
  let requests = 0;
  await using broker = await startBroker((request, response) => {
    requests += 1;
    response.writeHead(requests < 3 ? 404 : 202).end();
    if (requests >= 3) void deliver(app, String(request.headers['ce-id']));
  });
  await using app = start(broker.url);
  assert.equal(await app.exitCode(), 0, app.stderr);
});

test('an event that somebody else posted is answered and does not end the test', { timeout }, async () => {
  await using broker = await startBroker((_request, response) => response.writeHead(202).end());
  await using app = start(broker.url, { SMOKE_TEST_TIMEOUT: '2s' });
  assert.equal(await deliver(app, 'of somebody else'), 204);
  assert.equal(await app.exitCode(), 1);
  assert.match(app.stderr, /^[^\n]*accepted \d+ of \d+ events, and none came back[^\n]*kubectl get trigger[^\n]*\n$/);
});

test('a Broker that refuses is told with what it answered, in one line', { timeout }, async () => {
  await using broker = await startBroker((_request, response) => response.writeHead(404).end('no such Broker'));
  await using app = start(broker.url, { SMOKE_TEST_TIMEOUT: '2s' });
  assert.equal(await app.exitCode(), 1);
  assert.match(app.stderr, /^[^\n]*accepted none of \d+ events[^\n]*answered 404 \(no such Broker\)[^\n]*\n$/);
});

test('a Broker that cannot be reached is told with the reason', { timeout }, async () => {
  await using app = start('http://127.0.0.1:1/default/smoke', { SMOKE_TEST_TIMEOUT: '2s' });
  assert.equal(await app.exitCode(), 1);
  assert.match(app.stderr, /^[^\n]*cannot be reached \([^\n]*\)[^\n]*\n$/);
});

test('without the address of a Broker it says which setting is missing', { timeout }, async () => {
  await using app = startProcess([main], { env: {} });
  assert.equal(await app.exitCode(), 2);
  assert.match(app.stderr, /BROKER_URL/);
});
