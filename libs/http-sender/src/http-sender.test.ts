import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { isDeliveryError } from '@eventing-kafka/delivery';
import type { DeliveryErrorCode } from '@eventing-kafka/delivery';
import { startAnswering, startHttp, startHttps, startTcp, status } from '../testing/servers.ts';
import { headerValue } from './header-value.ts';
import { createHttpSender } from './http-sender.ts';
import type { HttpRequest } from './http-sender.ts';

const event = { headers: ['ce-id', '1'], body: Buffer.from('{}'), timeoutMs: 10_000 };
const to = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({ ...event, url, ...more });

/** Rejects as expected: what is thrown, and whether another attempt makes sense. */
function failing(code: DeliveryErrorCode, retryable: boolean, message?: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isDeliveryError(error), String(error));
    assert.deepEqual([error.code, error.retryable], [code, retryable], error.message);
    if (message !== undefined) assert.match(error.message, message);
    return true;
  };
}

describe('the request', () => {
  test('is a POST of the URL as given, with headers and body as given and our user agent', async () => {
    await using server = await startAnswering(status(204));
    await using sender = createHttpSender();
    const headers = ['ce-id', 'Euro%20%E2%82%AC', 'Content-Type', 'application/json', 'Prefer', 'reply'];
    const url = `${server.origin.replace('http://', 'http://user:secret@')}/a%20b/c?x=1&y=%2F#fragment`;
    await sender.post(to(url, { headers, body: Buffer.from('{"a":1}') }));
    const [seen] = server.seen;
    assert.equal(seen?.method, 'POST');
    assert.equal(seen.url, '/a%20b/c?x=1&y=%2F');
    assert.equal(seen.body.toString(), '{"a":1}');
    assert.equal(headerValue(seen.rawHeaders, 'ce-id'), 'Euro%20%E2%82%AC');
    assert.equal(headerValue(seen.rawHeaders, 'content-type'), 'application/json');
    assert.equal(headerValue(seen.rawHeaders, 'host'), `localhost:${server.port}`);
    assert.equal(headerValue(seen.rawHeaders, 'content-length'), '7');
    assert.match(headerValue(seen.rawHeaders, 'user-agent') ?? '', /^eventing-kafka\/\d+\.\d+\.\d+/);
    assert.equal(headerValue(seen.rawHeaders, 'authorization'), undefined);
  });

  test('may have no body, and a URL object', async () => {
    await using server = await startAnswering(status(204));
    await using sender = createHttpSender({ userAgent: 'other/1' });
    await sender.post({ ...event, url: new URL(`${server.origin}/x`), body: null });
    assert.equal(server.seen[0]?.body.length, 0);
    assert.equal(headerValue(server.seen[0].rawHeaders, 'user-agent'), 'other/1');
  });

  test('is refused if it cannot be sent', async () => {
    await using server = await startAnswering(status(204));
    await using sender = createHttpSender();
    for (const url of ['bad://uri', '/relative', '', 'ftp://host/']) {
      await assert.rejects(
        sender.post(to(url)),
        failing('DELIVERY_REQUEST_INVALID', false, /absolute http or https URL/),
      );
    }
    for (const headers of [['ce-id', 'a\nb'], ['ce-id', 'a\u0001'], ['ce id', 'a'], ['ce-id', '€'], ['ce-id']]) {
      await assert.rejects(sender.post(to(server.origin, { headers })), failing('DELIVERY_REQUEST_INVALID', false));
    }
    assert.equal(server.seen.length, 0);
  });
});

describe('the response', () => {
  test('has status, headers as they came and the whole body', async () => {
    const body = Buffer.alloc(300_000, 'abc');
    await using server = await startAnswering((response) => {
      response.writeHead(200, ['Ce-Id', '7', 'X-Twice', 'a', 'X-Twice', 'b', 'Ce-Name', 'caf\u00e9']);
      response.write(body.subarray(0, 1000));
      setImmediate(() => response.end(body.subarray(1000)));
    });
    await using sender = createHttpSender();
    const response = await sender.post(to(server.origin));
    assert.equal(response.statusCode, 200);
    assert.deepEqual(response.headers.slice(0, 8), [
      'Ce-Id',
      '7',
      'X-Twice',
      'a',
      'X-Twice',
      'b',
      'Ce-Name',
      'caf\u00e9',
    ]);
    assert.deepEqual(response.body, body);
    assert.equal(response.bodyTruncated, false);
  });

  test('is the final one after interim ones', async () => {
    await using server = await startAnswering((response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' });
      response.writeProcessing();
      response.writeHead(200, { 'x-final': 'yes' }).end('done');
    });
    await using sender = createHttpSender();
    const response = await sender.post(to(server.origin));
    assert.equal(response.body.toString(), 'done');
    assert.equal(headerValue(response.headers, 'x-final'), 'yes');
  });

  for (const statusCode of [301, 302, 303, 307, 308]) {
    test(`T ${statusCode} is not followed`, async () => {
      await using elsewhere = await startAnswering(status(200));
      await using server = await startAnswering(status(statusCode, { location: elsewhere.origin }));
      await using sender = createHttpSender();
      assert.equal((await sender.post(to(server.origin))).statusCode, statusCode);
      assert.equal(elsewhere.seen.length, 0);
    });
  }

  test('a success larger than allowed is a final failure', async () => {
    await using server = await startAnswering(status(200, {}, 'x'.repeat(1001)), status(200, {}, 'x'.repeat(1000)));
    await using sender = createHttpSender({ maxResponseBytes: 1000 });
    await assert.rejects(
      sender.post(to(server.origin)),
      failing('DELIVERY_RESPONSE_TOO_LARGE', false, /more than 1000 bytes/),
    );
    assert.equal((await sender.post(to(server.origin))).body.length, 1000);
  });

  test('T of a failure only the first 1024 bytes are kept, and the connection is used again', async () => {
    await using server = await startAnswering(status(500, { 'x-a': 'b' }, `${'a'.repeat(1024)}${'b'.repeat(5000)}`));
    await using sender = createHttpSender();
    for (let round = 0; round < 3; round++) {
      const response = await sender.post(to(server.origin));
      assert.equal(response.body.toString(), 'a'.repeat(1024));
      assert.equal(response.bodyTruncated, true);
      assert.equal(headerValue(response.headers, 'x-a'), 'b');
    }
    assert.ok(server.accepted < 3);
  });
});

/** Writes for ever, at the speed of the reader. */
function endless(
  statusCode: number,
  written: { bytes: number },
  headers: Readonly<Record<string, string>> = {},
): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(statusCode, headers);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const write = (): void => {
      while (!response.destroyed) {
        written.bytes += chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', write);
          return;
        }
      }
    };
    write();
  };
}

describe('an endless body', () => {
  const limit = 64 * 1024 * 1024;

  test('of a success is a final failure, and the connection is given up', async () => {
    const written = { bytes: 0 };
    await using server = await startAnswering(endless(200, written));
    await using sender = createHttpSender();
    await assert.rejects(sender.post(to(server.origin)), failing('DELIVERY_RESPONSE_TOO_LARGE', false));
    await server.quiet();
    assert.ok(written.bytes < limit);
  });

  for (const [name, statusCode, request] of [
    ['of a failure', 500, {}],
    ['of a 202', 202, {}],
    ['of a success that nobody reads', 200, { responseBody: 'ignore' }],
  ] as const) {
    test(`${name} is cut, and the connection is given up`, async () => {
      const written = { bytes: 0 };
      await using server = await startAnswering(endless(statusCode, written));
      await using sender = createHttpSender();
      const response = await sender.post(to(server.origin, request));
      assert.equal(response.statusCode, statusCode);
      assert.equal(response.body.length, 1024);
      assert.equal(response.bodyTruncated, true);
      await server.quiet();
      assert.ok(written.bytes < limit);
    });
  }

  test('of a gigabyte declared in advance is not read', async () => {
    const written = { bytes: 0 };
    await using server = await startAnswering(endless(503, written, { 'content-length': String(1024 ** 3) }));
    await using sender = createHttpSender();
    const response = await sender.post(to(server.origin));
    assert.equal(response.statusCode, 503);
    assert.equal(response.body.length, 1024);
    await server.quiet();
    assert.ok(written.bytes < limit);
  });
});

describe('no usable response', () => {
  test('none at all within the time limit', async () => {
    await using server = await startAnswering(() => undefined);
    await using sender = createHttpSender();
    await assert.rejects(
      sender.post(to(server.origin, { timeoutMs: 30 })),
      failing('DELIVERY_TIMEOUT', true, /within 30 ms/),
    );
    await server.quiet();
  });

  test('a body that does not end within the time limit', async () => {
    await using server = await startAnswering((response) => response.writeHead(200).write('begun'));
    await using sender = createHttpSender();
    await assert.rejects(sender.post(to(server.origin, { timeoutMs: 50 })), failing('DELIVERY_TIMEOUT', true));
    await server.quiet();
  });

  const raw: readonly (readonly [
    name: string,
    write: (socket: Socket) => void,
    code: DeliveryErrorCode,
    retryable: boolean,
  ])[] = [
    ['closed without an answer', (socket) => socket.end(), 'DELIVERY_CONNECTION_LOST', true],
    ['reset without an answer', (socket) => socket.resetAndDestroy(), 'DELIVERY_CONNECTION_LOST', true],
    ['closed within the head', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-'), 'DELIVERY_CONNECTION_LOST', true],
    [
      'a body shorter than declared',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort'),
      'DELIVERY_CONNECTION_LOST',
      true,
    ],
    [
      'a failure whose body is cut short',
      (socket) => socket.end('HTTP/1.1 422 No\r\nContent-Length: 100\r\n\r\nshort'),
      'DELIVERY_CONNECTION_LOST',
      true,
    ],
    [
      'a chunked body without its end',
      (socket) => socket.end('HTTP/1.1 202 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n'),
      'DELIVERY_CONNECTION_LOST',
      true,
    ],
    [
      'reset within the body',
      (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort', () => socket.resetAndDestroy()),
      'DELIVERY_CONNECTION_LOST',
      true,
    ],
    ['no HTTP', (socket) => socket.end('220 mail.example ESMTP\r\n'), 'DELIVERY_RESPONSE_INVALID', true],
    [
      'a header that is none',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nbad header\r\n\r\n'),
      'DELIVERY_RESPONSE_INVALID',
      true,
    ],
    [
      'a head that is too large',
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nX-Big: ${'x'.repeat(40_000)}\r\n\r\n`),
      'DELIVERY_RESPONSE_INVALID',
      true,
    ],
    [
      'T 101, a switch of protocols',
      (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'),
      'DELIVERY_REFUSED',
      false,
    ],
  ];
  for (const [name, write, code, retryable] of raw) {
    test(`${name} is ${code}`, async () => {
      await using server = await startTcp((socket) => socket.once('data', () => write(socket)));
      await using sender = createHttpSender();
      await assert.rejects(sender.post(to(server.origin)), failing(code, retryable));
      await server.quiet();
    });
  }

  test('T 101 without more is a response that ends the connection', async () => {
    await using server = await startTcp((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 101 Why\r\n\r\n')),
    );
    await using sender = createHttpSender();
    const outcome = await sender.post(to(server.origin)).then(
      ({ statusCode }) => statusCode,
      (error: unknown) => isDeliveryError(error) && error.code,
    );
    assert.ok(outcome === 101 || outcome === 'DELIVERY_REFUSED', String(outcome));
    await server.quiet();
  });

  test('connection refused', async () => {
    const server = await startAnswering(status(200));
    await server[Symbol.asyncDispose]();
    await using sender = createHttpSender();
    await assert.rejects(sender.post(to(server.origin)), failing('DELIVERY_UNREACHABLE', true, /ECONNREFUSED/));
  });

  test('D9 a name that is not found', async () => {
    await using sender = createHttpSender();
    await assert.rejects(
      sender.post(to('http://fake.svc.cluster.invalid/')),
      failing('DELIVERY_UNREACHABLE', true, /no connection to/),
    );
  });
});

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

describe('TLS', () => {
  const read = (name: string): string => readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8');
  const tls = { key: read('server.key'), cert: read('server.pem') };
  const ca = read('ca.pem');
  const answer: Parameters<typeof startHttps>[1] = (request, response) => {
    request.resume();
    response.writeHead(204).end();
  };

  test('a server of a given CA is trusted', async () => {
    await using server = await startHttps(tls, answer);
    await using sender = createHttpSender();
    assert.equal((await sender.post(to(server.origin, { caPem: ca }))).statusCode, 204);
  });

  test('without that CA it is not, and may be later', async () => {
    await using server = await startHttps(tls, answer);
    await using sender = createHttpSender();
    await sender.post(to(server.origin, { caPem: ca }));
    await assert.rejects(sender.post(to(server.origin)), failing('DELIVERY_TLS', true));
  });

  test("T the platform's roots stay trusted beside given certificates", async () => {
    await using server = await startHttps(tls, answer);
    await using sender = createHttpSender();
    const roots = getCACertificates('default');
    setDefaultCACertificates([ca]);
    try {
      assert.equal((await sender.post(to(server.origin, { caPem: roots[0] }))).statusCode, 204);
    } finally {
      setDefaultCACertificates(roots);
    }
  });

  test('nor is one with another name', async () => {
    await using server = await startHttps(tls, answer);
    await using sender = createHttpSender();
    const url = server.origin.replace('localhost', '127.0.0.1');
    await assert.rejects(sender.post(to(url, { caPem: ca })), failing('DELIVERY_TLS', true));
  });

  test('T bad certificates are reported and the good ones used', async () => {
    await using server = await startHttps(tls, answer);
    const messages: string[] = [];
    await using sender = createHttpSender({ onUnusableCertificate: (message) => messages.push(message) });
    const bad = '-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n';
    assert.equal((await sender.post(to(server.origin, { caPem: bad + ca }))).statusCode, 204);
    assert.match(messages.join(), /^CA certificate 1 of 2 is left out/);
    await assert.rejects(sender.post(to(server.origin, { caPem: 'garbage' })), failing('DELIVERY_TLS', true));
    assert.match(messages[1] ?? '', /no certificate found/);
  });

  test('a plain server is no TLS server', async () => {
    await using server = await startAnswering(status(204));
    await using sender = createHttpSender();
    await assert.rejects(sender.post(to(server.origin.replace('http:', 'https:'))), failing('DELIVERY_TLS', true));
  });
});

describe('disposal', () => {
  test('lets what is under way end, refuses what waits and what comes later, and may be done twice', async () => {
    const pending: ServerResponse[] = [];
    const arrived = new EventTarget();
    await using server = await startHttp((request, response) => {
      request.resume();
      pending.push(response);
      arrived.dispatchEvent(new Event('request'));
    });
    const sender = createHttpSender({ maxConnectionsPerOrigin: 1 });
    const reached = once(arrived, 'request');
    const underWay = sender.post(to(server.origin));
    const waiting = sender.post(to(server.origin));
    await reached;
    const disposed = sender[Symbol.asyncDispose]();
    await assert.rejects(waiting, failing('DELIVERY_CLOSED', false));
    await assert.rejects(sender.post(to(server.origin)), failing('DELIVERY_CLOSED', false));
    pending[0]?.writeHead(200).end('bye');
    assert.equal((await underWay).body.toString(), 'bye');
    await disposed;
    await server.quiet();
    await sender[Symbol.asyncDispose]();
  });
});
