import type { Server, ServerCredentials } from '@grpc/grpc-js';
import { ContractStreamError } from '../errors.ts';

/**
 * Binds a server and gives its port.
 *
 * @throws ContractStreamError `CONTRACT_STREAM_PORT_IN_USE` or `CONTRACT_STREAM_LISTEN_FAILED`
 */
export async function listen(
  server: Server,
  host: string,
  port: number,
  credentials: ServerCredentials,
): Promise<number> {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync(address, credentials, (error, boundPort) => {
    if (error === null) resolve(boundPort);
    else reject(listenError(address, error));
  });
  return promise;
}

function listenError(address: string, cause: Error): ContractStreamError {
  // grpc-js puts the system's error into a text; there is no code to ask.
  if (cause.message.includes('EADDRINUSE')) {
    return new ContractStreamError(
      'CONTRACT_STREAM_PORT_IN_USE',
      `The contract server cannot listen at ${address}: the port is in use; stop what uses it or choose another`,
      { cause },
    );
  }
  return new ContractStreamError(
    'CONTRACT_STREAM_LISTEN_FAILED',
    `The contract server cannot listen at ${address} (${cause.message}); choose an address of this machine and a port you may use`,
    { cause },
  );
}

/** Waits for the streams to end, at most `deadlineMs`, then breaks off what is left. */
export async function shutDown(server: Server, deadlineMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const deadline = setTimeout(() => server.forceShutdown(), deadlineMs);
  // Called without an error after forceShutdown() too.
  server.tryShutdown(() => resolve(undefined));
  await promise;
  clearTimeout(deadline);
}
