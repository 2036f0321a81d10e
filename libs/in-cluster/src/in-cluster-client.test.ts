import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { boundedRequest } from './bounded-request.ts';
import { inClusterClientOf } from './settings.ts';

/** The calls of a client over TLS are tested where they are made: `@eventing-kafka/kafka-credentials` and `@eventing-kafka/oidc`. */
async function serve(listener: RequestListener): Promise<AsyncDisposable & { readonly url: URL }> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/path?query`),
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

const signal = new AbortController().signal;

test('a request is sent as it is said, and its answer given whatever the status', async () => {
  let asked: unknown;
  await using server = await serve((request, response) => {
    void request.setEncoding('utf8').once('data', (body) => {
      asked = [request.method, request.url, request.headers['x-name'], request.headers['content-length'], body];
      response.writeHead(418, { location: '/elsewhere' }).end('short and stout');
    });
  });
  const headers = { 'x-name': 'value' };
  const { url } = server;
  const answer = await boundedRequest({ url, method: 'POST', headers, body: 'é', maxAnswerBytes: 100, signal });
  assert.deepEqual(asked, ['POST', '/path?query', 'value', '2', 'é']);
  assert.deepEqual(answer, { statusCode: 418, body: 'short and stout' });
});

test('an answer that is too large is an error that says so', async () => {
  await using server = await serve((_request, response) => response.end('x'.repeat(101)));
  await assert.rejects(boundedRequest({ url: server.url, maxAnswerBytes: 100, signal }), /larger than 100 bytes/);
});

test('an answer that breaks off is an error', async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('x', () => response.destroy());
  });
  await assert.rejects(boundedRequest({ url: server.url, maxAnswerBytes: 100, signal }));
});

test('outside of Kubernetes there is no client', () => {
  const settings = { kubernetesHost: undefined, kubernetesPort: 443, serviceAccountDir: '/nowhere' };
  assert.equal(inClusterClientOf(settings), undefined);
  assert.equal(inClusterClientOf({ ...settings, kubernetesHost: '::1' })?.host, '::1');
});
