import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { failing, to } from '../testing/requests.ts';
import { startAnswering, startHttps, status } from '../testing/servers.ts';
import { createHttpSender } from './http-sender.ts';

describe('TLS', () => {
  const read = (name: string): string => readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8');
  const tls = { key: read('server.key'), cert: read('server.pem') };
  const ca = read('ca.pem');
  const answer: Parameters<typeof startHttps>[1] = (request, response) => {
    request.resume();
    response.writeHead(204).end();
  };

  test('security 8 T5: a server of a given CA is trusted', async () => {
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

  test('security 8 T6: nor is one with another name', async () => {
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
