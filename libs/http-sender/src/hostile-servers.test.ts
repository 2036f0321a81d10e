import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { failing, to } from '../testing/requests.ts';
import { startAnswering, startTcp, status } from '../testing/servers.ts';
import { deliver } from './deliver.ts';
import { createHttpSender } from './http-sender.ts';

describe('hostile servers', () => {
  test('security 8 V5: a redirect to another host is one request and a failure', async () => {
    await using elsewhere = await startAnswering(status(204));
    await using server = await startAnswering(status(307, { location: `${elsewhere.origin}/` }));
    await using sender = createHttpSender();
    const result = await deliver(sender, {
      request: to(server.origin),
      policy: { retry: { retries: 3, backoff: 'linear', backoffMs: 1 }, attemptTimeoutMs: 1_000 },
    });
    assert.deepEqual([result.kind, result.attempts], ['failed', 1]);
    assert.deepEqual([server.seen.length, elsewhere.accepted], [1, 0]);
  });

  test('a redirect to itself is no loop', async () => {
    await using server = await startAnswering(status(308, { location: '/' }));
    await using sender = createHttpSender();
    assert.equal((await sender.post(to(server.origin))).statusCode, 308);
    assert.equal(server.seen.length, 1);
  });

  test('interim responses without end are cut off', async () => {
    await using server = await startTcp((socket) => {
      socket.once('data', () => {
        const timer = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(10)), 1);
        socket.once('close', () => clearInterval(timer));
      });
    });
    await using sender = createHttpSender();
    await assert.rejects(
      sender.post(to(server.origin)),
      failing('DELIVERY_RESPONSE_INVALID', true, /more than 16 interim responses/),
    );
    await server.quiet();
  });

  test('a 100 that nobody asked for ends the request', async () => {
    await using server = await startTcp((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 100 Continue\r\n\r\n')),
    );
    await using sender = createHttpSender();
    await assert.rejects(sender.post(to(server.origin)), failing('DELIVERY_CONNECTION_LOST', true));
    await server.quiet();
  });

  test('Expect is not sent', async () => {
    await using server = await startAnswering(status(204));
    await using sender = createHttpSender();
    const headers = ['expect', '100-continue'];
    await assert.rejects(sender.post(to(server.origin, { headers })), failing('DELIVERY_REQUEST_INVALID', false));
    assert.equal(server.seen.length, 0);
  });

  test('a server that closes its side and reads on has not answered', async () => {
    await using server = await startTcp((socket) => {
      socket.allowHalfOpen = true;
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'));
    });
    await using sender = createHttpSender();
    await assert.rejects(sender.post(to(server.origin)), failing('DELIVERY_CONNECTION_LOST', true));
  });

  test('a second answer on the connection is not taken for that to the next request', async () => {
    await using server = await startTcp((socket) => {
      socket.once('data', () =>
        socket.write('HTTP/1.1 204 No\r\n\r\nHTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n'),
      );
    });
    await using sender = createHttpSender();
    assert.equal((await sender.post(to(server.origin))).statusCode, 204);
    const next = await sender.post(to(server.origin)).then(
      ({ statusCode }) => statusCode,
      () => 'failed',
    );
    assert.notEqual(next, 500);
  });

  test('trailers without end are as bounded as headers', async () => {
    await using server = await startTcp((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n');
        const timer = setInterval(() => socket.write(`x-${'y'.repeat(1_000)}: 1\r\n`.repeat(10)), 1);
        socket.once('close', () => clearInterval(timer));
      });
    });
    await using sender = createHttpSender();
    await assert.rejects(sender.post(to(server.origin)), failing('DELIVERY_RESPONSE_INVALID', true));
    await server.quiet();
  });

  test('by default a reply may have a mebibyte and no more', async () => {
    const mebibyte = 1024 * 1024;
    await using server = await startAnswering(
      status(200, {}, 'x'.repeat(mebibyte)),
      status(200, {}, 'x'.repeat(mebibyte + 1)),
    );
    await using sender = createHttpSender();
    assert.equal((await sender.post(to(server.origin))).body.length, mebibyte);
    await assert.rejects(sender.post(to(server.origin)), failing('DELIVERY_RESPONSE_TOO_LARGE', false));
  });

  test('a dead origin among a hundred holds back none of the others', async () => {
    await using dead = await startTcp(() => undefined);
    await using sender = createHttpSender({ maxConnectionsPerOrigin: 2 });
    const lost = Array.from({ length: 50 }, () =>
      sender.post(to(dead.origin, { timeoutMs: 5_000 })).catch(() => 'lost'),
    );
    const servers = await Promise.all(Array.from({ length: 99 }, () => startAnswering(status(204))));
    try {
      const answers = await Promise.all(servers.map((server) => sender.post(to(server.origin, { timeoutMs: 4_000 }))));
      assert.ok(answers.every(({ statusCode }) => statusCode === 204));
    } finally {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    }
    await dead[Symbol.asyncDispose]();
    await Promise.all(lost);
  });

  test('an unused connection is closed after a while', async () => {
    await using server = await startTcp((socket) => {
      socket.on('data', () => socket.write('HTTP/1.1 204 No Content\r\n\r\n'));
    });
    await using sender = createHttpSender({ keepAliveMs: 20 });
    await sender.post(to(server.origin));
    await server.quiet();
    assert.equal(server.accepted, 1);
  });
});
