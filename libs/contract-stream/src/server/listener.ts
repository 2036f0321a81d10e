import { once } from 'node:events';
import { createServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import type { Server, ServerCredentials } from '@grpc/grpc-js';
import { delay } from '../delay.ts';
import { ContractStreamError } from '../errors.ts';
import { limits } from '../limits.ts';

/** The port of a gRPC server and the connections to it. */
export interface Listener {
  readonly port: number;
  /** Accepts nothing more, waits for connections to end, at most `deadlineMs`, then breaks off what is left. */
  close(deadlineMs: number): Promise<void>;
}

/**
 * Opens a port for `server`. The port is ours and not gRPC's for two reasons: failing to open it gives a code, and a connection
 * whose peer is gone can be broken off; gRPC's own shutdown waits for that peer for ever.
 *
 * @throws ContractStreamError `CONTRACT_STREAM_PORT_IN_USE` or `CONTRACT_STREAM_LISTEN_FAILED`
 */
export async function listen(
  server: Server,
  host: string,
  port: number,
  credentials: ServerCredentials,
): Promise<Listener> {
  const injector = server.createConnectionInjector(credentials);
  const sockets = new Set<Socket>();
  const tcpServer = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    injector.injectConnection(socket);
  });
  tcpServer.maxConnections = limits.maxConnections;
  try {
    tcpServer.listen({ host, port, exclusive: true });
    await once(tcpServer, 'listening');
  } catch (cause) {
    server.forceShutdown();
    throw listenError(`${host}:${port}`, cause);
  }
  return {
    port: (tcpServer.address() as AddressInfo).port,
    close: (deadlineMs) => close(server, tcpServer, sockets, deadlineMs),
  };
}

async function close(
  server: Server,
  tcpServer: TcpServer,
  sockets: ReadonlySet<Socket>,
  deadlineMs: number,
): Promise<void> {
  const closed = new AbortController();
  tcpServer.close(() => closed.abort());
  // Tells the peers to go, and lets streams that are ending end.
  server.tryShutdown(() => undefined);
  await delay(deadlineMs, closed.signal);
  if (closed.signal.aborted) return;
  server.forceShutdown();
  for (const socket of sockets) socket.destroy();
  await delay(deadlineMs, closed.signal);
}

function listenError(address: string, cause: unknown): ContractStreamError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
  if (code === 'EADDRINUSE') {
    return new ContractStreamError(
      'CONTRACT_STREAM_PORT_IN_USE',
      `The contract server cannot listen at ${address}: the port is in use; stop what uses it or choose another`,
      { cause },
    );
  }
  return new ContractStreamError(
    'CONTRACT_STREAM_LISTEN_FAILED',
    `The contract server cannot listen at ${address} (${code}); choose an address of this machine and a port you may use`,
    { cause },
  );
}
