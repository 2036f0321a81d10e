import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { AuthenticationError } from '@platformatic/kafka';
import type { SASLCustomAuthenticator } from '@platformatic/kafka';
import { eventually } from '../../integration/harness.ts';
import { BrokerLink } from './broker-link.ts';

/** Of ApiVersions and SaslHandshake, both without an error and with an empty list. */
const answerBytes = 2 + 4 + 4;

/** Answers what comes before a proof of who we are, and never ends a connection, like a broker whose machine goes away. */
async function clingingBroker(): Promise<{ port: number; sockets: Socket[] } & AsyncDisposable> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (request) => {
      const answer = Buffer.alloc(4 + 4 + answerBytes);
      answer.writeInt32BE(4 + answerBytes);
      request.copy(answer, 4, 8, 12); // correlation id
      socket.write(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a connection that is refused when it proves anew who we are is made again, although its peer does not end it', async (t) => {
  await using broker = await clingingBroker();
  const refusal = new AuthenticationError('SASL authentication failed.');
  let proofs = 0;
  const authenticate: SASLCustomAuthenticator = (...[, , , , , , callback]) => {
    proofs += 1;
    if (proofs === 2) callback(refusal, undefined);
    else
      callback(null, {
        errorCode: 0,
        errorMessage: null,
        authBytes: Buffer.alloc(0),
        sessionLifetimeMs: proofs === 1 ? 50n : 0n,
      });
  };
  const link = new BrokerLink(
    { host: '127.0.0.1', port: broker.port },
    'test',
    { sasl: { mechanism: 'PLAIN', authenticate } },
    { ready: () => link.connect(), failed: () => undefined },
  );
  t.after(() => link.close());
  link.connect();
  await eventually('it is usable again', () => proofs === 3 && link.usable);
  assert.equal(broker.sockets.length, 2);
});
