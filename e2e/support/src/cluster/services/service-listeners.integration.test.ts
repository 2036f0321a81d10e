import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { eventually } from '../../eventually.ts';
import { freePort } from '../../free-port.ts';
import { serviceListeners } from './service-listeners.ts';
import type { Target } from './service-routes.ts';

/** A server that answers each connection with its name, and then with what it reads, to the end. */
async function echo(name: string): Promise<AsyncDisposable & { target: Target; connections: Set<Socket> }> {
  const connections = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket)).on('error', () => undefined);
    socket.write(name);
    socket.pipe(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    connections,
    target: { host: '127.0.0.1', port },
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A Service's address, led nowhere at the end. */
async function service(): Promise<Disposable & { port: number; leadTo: (...targets: Target[]) => void }> {
  const listeners = serviceListeners((message) => assert.fail(message));
  const port = await freePort();
  return {
    port,
    leadTo: (...targets) => listeners.apply(new Map([[`127.0.0.1:${port}`, targets]])),
    [Symbol.dispose]: () => listeners.apply(new Map()),
  };
}

async function exchange(port: number, sent: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.end(sent);
  return text(socket);
}

test('connections go to the targets in turn, and all that is sent comes back', async () => {
  await using one = await echo('1');
  await using two = await echo('2');
  using web = await service();
  web.leadTo(one.target, two.target);
  const long = 'x'.repeat(1_000_000);
  const answers = [await exchange(web.port, long), await exchange(web.port, long)];
  assert.deepEqual(answers.sort(), [`1${long}`, `2${long}`]);
});

test('without a target connections are refused, with one again they are accepted; those that stand are kept', async () => {
  await using one = await echo('1');
  using web = await service();
  web.leadTo(one.target);
  const standing = connect(web.port, '127.0.0.1');
  await once(standing, 'data');
  web.leadTo();
  await assert.rejects(exchange(web.port, ''), { code: 'ECONNREFUSED' });
  standing.end('still here');
  assert.equal(await text(standing), 'still here');
  web.leadTo(one.target);
  assert.equal(await exchange(web.port, ''), '1');
});

test('a client that goes away takes its connection to the target along', async () => {
  await using one = await echo('1');
  using web = await service();
  web.leadTo(one.target);
  const client = connect(web.port, '127.0.0.1');
  await once(client, 'data');
  assert.equal(one.connections.size, 1);
  client.resetAndDestroy();
  await eventually('the target sees it', () => one.connections.size === 0);
});

test('a target that cannot be reached resets the client', async () => {
  using web = await service();
  web.leadTo({ host: '127.0.0.1', port: await freePort() });
  await assert.rejects(exchange(web.port, ''), { code: 'ECONNRESET' });
});
