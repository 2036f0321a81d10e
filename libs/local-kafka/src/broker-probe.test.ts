import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { test } from 'node:test';
import { answersKafka } from './broker-probe.ts';
import { findFreePorts, isPortFree } from './free-ports.ts';

/** Answers whatever it is asked with these bytes. */
async function serverAnswering(bytes: readonly number[]): Promise<{ port: number } & AsyncDisposable> {
  const server: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write(Buffer.from(bytes)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

test('a broker is one that answers without an error', async () => {
  await using broker = await serverAnswering([0, 0, 0, 10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  assert.equal(await answersKafka(broker.port, 1000), true);
});

test('another protocol, an error, silence and a closed port are no broker', async () => {
  await using http = await serverAnswering([...Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]);
  await using failing = await serverAnswering([0, 0, 0, 6, 0, 0, 0, 1, 0, 35]);
  await using silent = await serverAnswering([]);
  const [closed] = await findFreePorts(1);
  assert.equal(await answersKafka(http.port, 300), false);
  assert.equal(await answersKafka(failing.port, 300), false);
  assert.equal(await answersKafka(silent.port, 100), false);
  assert.equal(await answersKafka(closed ?? 0, 300), false);
});

test('free ports are different and free, and a taken one is not', async () => {
  const ports = await findFreePorts(5);
  assert.equal(new Set(ports).size, 5);
  assert.equal(await isPortFree(ports[0] ?? 0), true);
  await using server = await serverAnswering([]);
  assert.equal(await isPortFree(server.port), false);
});
