import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { failing, to } from '../testing/requests.ts';
import { startAnswering, status } from '../testing/servers.ts';
import { headerValue } from './header-value.ts';
import { createHttpSender } from './http-sender.ts';

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
