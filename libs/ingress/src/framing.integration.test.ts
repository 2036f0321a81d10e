import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ContractHistory, resource } from '../testing/contracts.ts';
import { startTestIngress } from '../testing/ingress.ts';
import { ask, eventE, openConnection, requestText } from '../testing/raw-http.ts';
import type { RawRequest } from '../testing/raw-http.ts';
import { ScriptedKafka } from '../testing/scripted-kafka.ts';
import type { Ingress } from './start-ingress.ts';

const kafka = new ScriptedKafka();
let ingress: Ingress;

before(async () => {
  ingress = await startTestIngress(kafka, { limits: { maxBodyBytes: 100_000, requestTimeoutMs: 1000 } });
  await ingress.apply(new ContractHistory().next(resource('broker', { path: '/ns/broker' })));
});

after(() => ingress[Symbol.asyncDispose]());

/** Sends bytes; gives the status (undefined: none), and waits until the connection ended. */
async function broken(text: string): Promise<number | undefined> {
  kafka.sent.length = 0;
  await using connection = await openConnection(ingress.port);
  connection.write(text);
  const answer = await connection.answer();
  await connection.waitClosed();
  assert.deepEqual(kafka.sent, []);
  return answer?.status;
}

const chunked = 'Transfer-Encoding: chunked';

describe('what is no HTTP/1.1', () => {
  const rows: readonly (readonly [name: string, request: RawRequest | string, status: number])[] = [
    ['garbage', 'GARBAGE\r\n\r\n', 400],
    ['HTTP/0.9', 'POST /ns/broker\r\n\r\n', 400],
    ['bare line feeds', requestText({ lines: eventE }).replaceAll('\r\n', '\n'), 400],
    ['HTTP/1.2', { version: 'HTTP/1.2', lines: eventE }, 501],
    ['HTTP/2.0', { version: 'HTTP/2.0', lines: eventE }, 501],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 501],
    ['a header without colon', { lines: [...eventE, 'nocolon'] }, 400],
    ['a blank in a header name', { lines: [...eventE, 'ce-a b: v'] }, 400],
    ['an empty header name (F-38)', { lines: [...eventE, ': v'] }, 400],
    ['a folded header (F-38)', { lines: [...eventE, 'ce-folded: a', '  b'] }, 400],
    ['NUL in a value', { lines: [...eventE, 'ce-nul: a\0b'] }, 400],
    ['a control character in a value', { lines: [...eventE, 'ce-ctl: a\x01b'] }, 400],
    ['a length that is no number', { lines: [...eventE, 'Content-Length: 3x'], framed: true, body: 'abc' }, 400],
    ['a signed length', { lines: [...eventE, 'Content-Length: +3'], framed: true, body: 'abc' }, 400],
    [
      'two equal lengths',
      { lines: [...eventE, 'Content-Length: 3', 'Content-Length: 3'], framed: true, body: 'abc' },
      400,
    ],
    ['two lengths', { lines: [...eventE, 'Content-Length: 3', 'Content-Length: 4'], framed: true, body: 'abc' }, 400],
    [
      'a length beside chunks',
      { lines: [...eventE, chunked, 'Content-Length: 3'], framed: true, body: '3\r\nabc\r\n0\r\n\r\n' },
      400,
    ],
    ['a chunk size that is no number', { lines: [...eventE, chunked], framed: true, body: 'zz\r\nabc\r\n' }, 400],
    [
      'a chunk longer than its size',
      { lines: [...eventE, chunked], framed: true, body: '3\r\nabcdef\r\n0\r\n\r\n' },
      400,
    ],
    [
      'another coding before chunked (F-38)',
      { lines: [...eventE, 'Transfer-Encoding: gzip, chunked'], framed: true, body: '3\r\nabc\r\n0\r\n\r\n' },
      501,
    ],
    ['an unknown coding (F-38)', { lines: [...eventE, 'Transfer-Encoding: gzip'], framed: true, body: 'abc' }, 501],
    [
      'receiver 20.7 X-20: a request line over 4096 bytes',
      { target: `/ns/broker?${'a'.repeat(4083 - '/ns/broker?'.length)}`, lines: eventE },
      414,
    ],
    ['a request line of 100 KB', { target: `/ns/broker?${'a'.repeat(100_000)}`, lines: eventE }, 414],
    ['receiver 20.7 X-20: headers over 8192 bytes', { lines: [...eventE, `x-big: ${'a'.repeat(8200)}`] }, 431],
    ['headers of 1 MB', { lines: [...eventE, `x-big: ${'a'.repeat(1_000_000)}`] }, 431],
    ['10,000 extensions', { lines: [...eventE, ...Array.from({ length: 10_000 }, (_, i) => `ce-e${i}: v`)] }, 431],
    ['headers of 100 KB', { lines: [...eventE, `x-big: ${'a'.repeat(100_000)}`] }, 431],
    [
      'many headers of 9 KB together',
      { lines: [...eventE, ...Array.from({ length: 100 }, (_, i) => `ce-e${i}: ${'v'.repeat(80)}`)] },
      431,
    ],
  ];
  for (const [name, request, status] of rows) {
    test(`${name}: answered ${status}, the connection ended, nothing produced`, async () => {
      assert.equal(await broken(typeof request === 'string' ? request : requestText(request)), status);
    });
  }

  test('an answer that is due goes before the complaint about what follows it', async () => {
    const acknowledged = Promise.withResolvers<{ partition: number; offset: number }>();
    kafka.onSend = () => acknowledged.promise;
    try {
      await using connection = await openConnection(ingress.port);
      connection.write(`${requestText({ lines: eventE })}GARBAGE\r\n\r\n`);
      setTimeout(() => acknowledged.resolve({ partition: 0, offset: 0 }), 50);
      assert.equal((await connection.answer())?.status, 202);
      assert.equal((await connection.answer())?.status, 400);
      await connection.waitClosed();
    } finally {
      kafka.onSend = () => Promise.resolve({ partition: 0, offset: 0 });
    }
  });
});

describe('what is at the limit', () => {
  test('a request line of 4096 bytes, 80 extensions, and headers just below 8192 bytes pass', async () => {
    const target = `/ns/broker?${'a'.repeat(4082 - '/ns/broker?'.length)}`;
    assert.equal((await ask(ingress.port, { target, lines: eventE }))?.status, 202);
    kafka.sent.length = 0;
    assert.equal(
      (await ask(ingress.port, { lines: [...eventE, ...Array.from({ length: 80 }, (_, i) => `ce-e${i}: v`)] }))?.status,
      202,
    );
    assert.equal(kafka.sent[0]?.headers.filter(({ name }) => /^ce_e\d/.test(name)).length, 80);
    assert.equal((await ask(ingress.port, { lines: [...eventE, `ce-big: ${'a'.repeat(7900)}`] }))?.status, 202);
  });

  test('a body of the limit passes, in one piece and in chunks', async () => {
    const body = 'a'.repeat(100_000);
    kafka.sent.length = 0;
    assert.equal((await ask(ingress.port, { lines: [...eventE, 'Content-Type: text/plain'], body }))?.status, 202);
    const pieces = body.match(/.{1,7001}/g)?.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`) ?? [];
    assert.equal(
      (await ask(ingress.port, { lines: [...eventE, chunked], framed: true, body: `${pieces.join('')}0\r\n\r\n` }))
        ?.status,
      202,
    );
    assert.deepEqual(
      kafka.sent.map((record) => record.value?.toString('latin1') === body),
      [true, true],
    );
  });

  test('a body over the limit is refused by its length, before it is sent, and the connection ends', async () => {
    await using connection = await openConnection(ingress.port);
    connection.write(requestText({ lines: [...eventE, 'Content-Length: 100001'], framed: true }));
    const answer = await connection.answer();
    assert.equal(answer?.status, 413);
    assert.equal(answer.body, 'The body is too large: it has 100001 bytes, and at most 100000 bytes are taken.\n');
    await connection.writeAll(Buffer.alloc(100_001));
    await connection.waitClosed();
  });

  test('security 8 V6: a sender that writes all of a body over the limit before it reads gets its 413, not a reset, and nothing is produced', async () => {
    const produced = kafka.sent.length;
    await using connection = await openConnection(ingress.port);
    connection.write(requestText({ lines: [...eventE, 'Content-Length: 12000000'], framed: true }));
    connection.pause();
    for (let sent = 0; sent < 12_000_000; sent += 50_000) await connection.writeAll(Buffer.alloc(50_000));
    connection.resume();
    const answer = await connection.answer();
    assert.equal(answer?.status, 413);
    assert.equal(answer.headers['connection'], 'close');
    assert.equal(kafka.sent.length, produced);
  });

  test('chunks over the limit are refused while they come', async () => {
    await using connection = await openConnection(ingress.port);
    connection.write(requestText({ lines: [...eventE, chunked], framed: true }));
    const piece = Buffer.concat([Buffer.from('c350\r\n'), Buffer.alloc(50_000), Buffer.from('\r\n')]);
    for (let i = 0; i < 3; i += 1) await connection.writeAll(piece);
    const answer = await connection.answer();
    assert.equal(answer?.status, 413);
    assert.equal(answer.body, 'The body is too large: at most 100000 bytes are taken.\n');
    connection.write('0\r\n\r\n');
    await connection.waitClosed();
  });

  test('4.1: what is no event is 400, and what is nobody’s 404, however large', async () => {
    kafka.sent.length = 0;
    await using connection = await openConnection(ingress.port);
    connection.write(requestText({ lines: ['Content-Type: text/plain', 'Content-Length: 3000000'], framed: true }));
    assert.equal((await connection.answer())?.status, 400);
    await using other = await openConnection(ingress.port);
    other.write(requestText({ target: '/nope', lines: [...eventE, 'Content-Length: 3000000'], framed: true }));
    assert.equal((await other.answer())?.status, 404);
    assert.deepEqual(kafka.sent, []);
  });
});

describe('connections', () => {
  test('carry one request after the other, and pipelined ones in order', async () => {
    await using connection = await openConnection(ingress.port);
    const get = requestText({ method: 'GET', target: '/', framed: true });
    connection.write(get + requestText({ lines: eventE, body: 'x' }) + requestText({ target: '/nope', body: 'abc' }));
    assert.deepEqual(
      [(await connection.answer())?.status, (await connection.answer())?.status, (await connection.answer())?.status],
      [405, 202, 404],
    );
    connection.write(requestText({ lines: eventE }));
    assert.equal((await connection.answer())?.status, 202);
    assert.equal(connection.closed, false);
  });

  test('go on after a refusal whose body nobody read', async () => {
    await using connection = await openConnection(ingress.port);
    connection.write(requestText({ target: '/nope', lines: eventE, body: 'a'.repeat(90_000) }));
    assert.equal((await connection.answer())?.status, 404);
    connection.write(requestText({ lines: eventE }));
    assert.equal((await connection.answer())?.status, 202);
  });

  test('of HTTP/1.0 end, unless asked to be kept; Connection: close ends those of HTTP/1.1', async () => {
    await using old = await openConnection(ingress.port);
    old.write(requestText({ version: 'HTTP/1.0', lines: eventE }));
    assert.equal((await old.answer())?.status, 202);
    await old.waitClosed();
    await using kept = await openConnection(ingress.port);
    for (let i = 0; i < 2; i += 1) {
      kept.write(requestText({ version: 'HTTP/1.0', lines: [...eventE, 'Connection: keep-alive'] }));
      assert.equal((await kept.answer())?.headers['connection'], 'keep-alive');
    }
    await using closing = await openConnection(ingress.port);
    closing.write(requestText({ lines: [...eventE, 'Connection: close'] }));
    assert.equal((await closing.answer())?.headers['connection'], 'close');
    await closing.waitClosed();
  });

  test('get 100 Continue for an event that will be read, and a final answer at once for one that will not', async () => {
    await using connection = await openConnection(ingress.port);
    connection.write(requestText({ lines: [...eventE, 'Expect: 100-continue', 'Content-Length: 2'], framed: true }));
    assert.equal((await connection.answer())?.status, 100);
    connection.write('{}');
    assert.equal((await connection.answer())?.status, 202);
    await using refused = await openConnection(ingress.port);
    refused.write(requestText({ lines: [...eventE, 'Expect: 100-continue', 'Content-Length: 100001'], framed: true }));
    assert.equal((await refused.answer())?.status, 413);
    await using unknown = await openConnection(ingress.port);
    unknown.write(requestText({ lines: [...eventE, 'Expect: something-else'] }));
    assert.equal((await unknown.answer())?.status, 202);
  });

  test('asked to become WebSockets or HTTP/2 stay what they are', async () => {
    const upgrade = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];
    assert.equal((await ask(ingress.port, { method: 'GET', lines: upgrade }))?.status, 405);
    assert.equal((await ask(ingress.port, { lines: [...eventE, 'Connection: Upgrade', 'Upgrade: h2c'] }))?.status, 202);
  });
});

describe('slow and vanishing senders', () => {
  test('a body that does not come in time is answered 408 and the connection ended', async () => {
    kafka.sent.length = 0;
    await using connection = await openConnection(ingress.port);
    connection.write(requestText({ lines: [...eventE, 'Content-Length: 10'], framed: true, body: 'abc' }));
    assert.equal((await connection.answer())?.status, 408);
    await connection.waitClosed();
    assert.deepEqual(kafka.sent, []);
  });

  test('headers that do not come in time are answered 408', async () => {
    await using connection = await openConnection(ingress.port);
    connection.write('POST /ns/broker HTTP/1.1\r\nce-id: 1');
    assert.equal((await connection.answer())?.status, 408);
  });

  test('a sender of CONNECT that resets the connection ends nothing but that', async () => {
    for (let i = 0; i < 20; i += 1) {
      await using connection = await openConnection(ingress.port);
      connection.write(`${requestText({ method: 'CONNECT', target: 'h:80' })}more`);
      connection.reset();
    }
    await using slow = await openConnection(ingress.port);
    slow.write(requestText({ lines: [...eventE, 'Content-Length: 1'], framed: true }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    slow.write(`a${requestText({ method: 'CONNECT', target: 'h:80' })}`);
    slow.reset();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal((await ask(ingress.port, { lines: eventE }))?.status, 202);
  });

  test('a sender that leaves in the middle of its body has produced nothing', async () => {
    kafka.sent.length = 0;
    for (const leave of ['end', 'reset'] as const) {
      await using connection = await openConnection(ingress.port);
      connection.write(requestText({ lines: [...eventE, 'Content-Length: 10'], framed: true, body: 'abc' }));
      await new Promise((resolve) => setTimeout(resolve, 20));
      connection[leave]();
      assert.equal(await connection.answer(), undefined);
    }
    assert.equal((await ask(ingress.port, { lines: eventE }))?.status, 202);
    assert.equal(kafka.sent.length, 1);
  });
});
