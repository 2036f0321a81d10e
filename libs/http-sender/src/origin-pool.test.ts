import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { failing, to } from '../testing/requests.ts';
import { startAnswering, startHttp, startTcp, status } from '../testing/servers.ts';
import { createHttpSender } from './http-sender.ts';

describe('connections', () => {
  test('a single one serves one request after the other', async () => {
    await using server = await startAnswering(status(204));
    await using sender = createHttpSender({ maxConnectionsPerOrigin: 1 });
    for (let round = 0; round < 5; round++) await sender.post(to(`${server.origin}/${round}`));
    await Promise.all([0, 1, 2].map((number) => sender.post(to(`${server.origin}/${number}`))));
    assert.equal(server.accepted, 1);
  });

  test('are kept alive and used again', async () => {
    await using server = await startAnswering(status(204));
    await using sender = createHttpSender();
    for (let round = 0; round < 20; round++) await sender.post(to(`${server.origin}/${round}`));
    // A connection may still be finishing its last response when the next request comes.
    assert.ok(server.accepted <= 2);
  });

  for (const maxConnectionsPerOrigin of [1, 3]) {
    test(`are at most ${maxConnectionsPerOrigin}; other requests wait, and no more of them than allowed`, async () => {
      const pending: ServerResponse[] = [];
      let highest = 0;
      await using server = await startHttp((request, response) => {
        request.resume();
        pending.push(response);
        highest = Math.max(highest, pending.length);
      });
      await using sender = createHttpSender({ maxConnectionsPerOrigin, maxQueuedPerOrigin: 3 });
      const done: number[] = [];
      const posts = Array.from({ length: maxConnectionsPerOrigin + 3 }, async (_, number) => {
        await sender.post(to(`${server.origin}/${number}`));
        done.push(number);
      });
      await assert.rejects(sender.post(to(server.origin)), failing('DELIVERY_QUEUE_FULL', true, /3 requests wait/));
      while (done.length < posts.length) {
        await new Promise((resolve) => setImmediate(resolve));
        pending.shift()?.writeHead(204).end();
      }
      await Promise.all(posts);
      assert.ok(highest <= maxConnectionsPerOrigin);
      if (maxConnectionsPerOrigin === 1) assert.deepEqual(done, [0, 1, 2, 3]);
    });
  }

  test('a request that ends while it waits leaves the queue and is never sent', async () => {
    const urls: (string | undefined)[] = [];
    const pending: ServerResponse[] = [];
    await using server = await startHttp((request, response) => {
      request.resume();
      urls.push(request.url);
      pending.push(response);
      if (request.url === '/last') response.writeHead(204).end();
    });
    await using sender = createHttpSender({ maxConnectionsPerOrigin: 1, maxQueuedPerOrigin: 1 });
    const first = sender.post(to(`${server.origin}/first`));
    await assert.rejects(
      sender.post(to(`${server.origin}/late`, { timeoutMs: 20 })),
      failing('DELIVERY_TIMEOUT', true),
    );
    const stop = new AbortController();
    const withdrawn = sender.post(to(`${server.origin}/withdrawn`, { signal: stop.signal }));
    stop.abort(new Error('enough'));
    await assert.rejects(withdrawn, failing('DELIVERY_ABORTED', false));
    const last = sender.post(to(`${server.origin}/last`));
    while (pending.length === 0) await new Promise((resolve) => setImmediate(resolve));
    pending[0]?.writeHead(204).end();
    await Promise.all([first, last]);
    assert.deepEqual(urls, ['/first', '/last']);
  });

  test('a request withdrawn while it is under way is cut off', async () => {
    const stop = new AbortController();
    await using server = await startAnswering(() => {
      stop.abort(new Error('enough'));
    });
    await using sender = createHttpSender();
    await assert.rejects(sender.post(to(server.origin, { signal: stop.signal })), (error) => {
      assert.equal((error as Error).cause, stop.signal.reason);
      return failing('DELIVERY_ABORTED', false)(error);
    });
    await server.quiet();
    await assert.rejects(sender.post(to(server.origin, { signal: stop.signal })), failing('DELIVERY_ABORTED', false));
    assert.equal(server.seen.length, 1);
  });

  test('a time limit while connecting ends the request', async () => {
    // Takes the connection into the backlog and never answers the TLS handshake.
    await using server = await startTcp(() => undefined);
    await using sender = createHttpSender({ maxConnectionsPerOrigin: 1, connectTimeoutMs: 500 });
    const origin = server.origin.replace('http:', 'https:');
    await assert.rejects(sender.post(to(origin, { timeoutMs: 20 })), failing('DELIVERY_TIMEOUT', true));
    await assert.rejects(sender.post(to(origin)), failing('DELIVERY_UNREACHABLE', true));
  });

  test('of origins without requests are closed when there are too many origins', async () => {
    await using one = await startAnswering(status(204));
    await using two = await startAnswering(status(204));
    await using sender = createHttpSender({ maxOrigins: 1 });
    await sender.post(to(one.origin));
    await sender.post(to(two.origin));
    await one.quiet();
    await sender.post(to(one.origin));
    assert.equal(one.accepted, 2);
  });
});

test('connections with a request under way stay when there are too many origins', async () => {
  const pending: ServerResponse[] = [];
  await using busy = await startHttp((request, response) => {
    request.resume();
    pending.push(response);
    if (request.url === '/second') response.writeHead(204).end();
  });
  await using other = await startAnswering(status(204));
  await using sender = createHttpSender({ maxOrigins: 1, maxConnectionsPerOrigin: 1 });
  const first = sender.post(to(`${busy.origin}/first`));
  await sender.post(to(other.origin));
  const second = sender.post(to(`${busy.origin}/second`));
  while (pending.length === 0) await new Promise((resolve) => setImmediate(resolve));
  pending[0]?.writeHead(204).end();
  await Promise.all([first, second]);
  assert.equal(busy.accepted, 1);
});
