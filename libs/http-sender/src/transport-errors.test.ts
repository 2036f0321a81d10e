import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { isDeliveryError } from '@eventing-kafka/delivery';
import type { DeliveryErrorCode } from '@eventing-kafka/delivery';
import { failing, to } from '../testing/requests.ts';
import { startAnswering, startTcp, status } from '../testing/servers.ts';
import { createHttpSender } from './http-sender.ts';

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

  test('dispatcher 21 D9 a name that is not found', async () => {
    await using sender = createHttpSender();
    await assert.rejects(
      sender.post(to('http://fake.svc.cluster.invalid/')),
      failing('DELIVERY_UNREACHABLE', true, /no connection to/),
    );
  });
});
