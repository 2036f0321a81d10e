import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { event, failing, to } from '../testing/requests.ts';
import { startAnswering, startHttp, status } from '../testing/servers.ts';
import { headerValue } from './header-value.ts';
import { createHttpSender } from './http-sender.ts';

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
