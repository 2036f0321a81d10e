import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../testing/harness.ts';
import { isContractStreamError } from './index.ts';

test('a port in use is named, with what to do', async () => {
  await using server = await serve();
  await assert.rejects(
    serve({ port: server.port }),
    (error) =>
      isContractStreamError(error) &&
      error.code === 'CONTRACT_STREAM_PORT_IN_USE' &&
      error.message ===
        `The contract server cannot listen at 127.0.0.1:${server.port}: the port is in use; stop what uses it or choose another`,
  );
});

test('an address of another machine is refused', async () => {
  await assert.rejects(
    serve({ host: '192.0.2.1' }),
    (error) => isContractStreamError(error) && error.code === 'CONTRACT_STREAM_LISTEN_FAILED',
  );
});

test('a port can be taken again at once after disposing, and disposing twice is fine', async () => {
  const server = await serve();
  await server[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await using again = await serve({ port: server.port });
  assert.equal(again.port, server.port);
});
