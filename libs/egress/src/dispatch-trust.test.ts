import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { dispatched, kind, onlyError, requests, type Setup } from '../testing/dispatched.ts';

const read = (name: string): string => readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8');
const ca = read('ca.pem');

/** Dispatches an event to an https subscriber named `localhost`, by `host`, and tells its outcome, dead letter and request count. */
async function toHttps(setup: Setup, host = 'localhost'): Promise<readonly unknown[]> {
  let taken = 0;
  const server = createServer({ key: read('server.key'), cert: read('server.pem') }, (request, response) => {
    request.resume();
    taken += 1;
    response.writeHead(204).end();
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const destination = `https://${host}:${port}/`;
  const told: unknown[] = [];
  try {
    await dispatched({ deadLetter: () => 204, destination, ...setup }, (result) => {
      told.push(kind(result), requests(result)[1], taken);
      if (kind(result) === 'dead-lettered') assert.deepEqual(onlyError(result), { 'ce-knativeerrordest': destination });
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return told;
}

describe('https subscribers', () => {
  test('security 8 T4: one whose CA is only in a trust bundle is delivered to, and once the bundle is gone its event is a dead letter', async () => {
    assert.deepEqual(await toHttps({ trustBundles: [ca] }), ['delivered', 0, 1]);
    assert.deepEqual(await toHttps({ trustBundles: [] }), ['dead-lettered', 1, 0]);
  });

  test('security 8 T5: one whose CA is given on the destination is delivered to', async () => {
    assert.deepEqual(await toHttps({ egress: { destinationCaCerts: ca } }), ['delivered', 0, 1]);
  });

  test('security 8 T6: one whose certificate is for another host name is not', async () => {
    assert.deepEqual(await toHttps({ trustBundles: [ca] }, '127.0.0.1'), ['dead-lettered', 1, 0]);
  });
});
