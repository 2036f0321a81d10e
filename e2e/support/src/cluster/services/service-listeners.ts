import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Target } from './service-routes.ts';

/** The addresses of Services, listened on. */
export interface ServiceListeners {
  /** Listens on what is listed, and on nothing else; connections that stand are kept, unless their address is gone. */
  apply(targets: ReadonlyMap<string, readonly Target[]>): void;
}

interface Listener {
  /** Absent while there is nowhere to go, so that connections are refused. */
  server: Server | undefined;
  readonly connections: Set<Socket>;
  targets: readonly Target[];
  next: number;
}

/**
 * Forwards connections to an address of a Service to its targets in turn, as kube-proxy does. Without a target a connection is refused.
 *
 * @param report is told when an address cannot be listened on
 */
export function serviceListeners(report: (message: string) => void): ServiceListeners {
  const listeners = new Map<string, Listener>();
  return {
    apply(targets) {
      for (const [address, listener] of listeners) {
        if (targets.has(address)) continue;
        listener.server?.close();
        for (const connection of listener.connections) connection.destroy();
        listeners.delete(address);
      }
      for (const [address, wanted] of targets) {
        const listener = listeners.get(address) ?? { server: undefined, connections: new Set(), targets: [], next: 0 };
        listeners.set(address, listener);
        listener.targets = wanted;
        if (wanted.length === 0) {
          listener.server?.close();
          listener.server = undefined;
        } else {
          listener.server ??= listen(address, listener, report);
        }
      }
    },
  };
}

function listen(address: string, listener: Listener, report: (message: string) => void): Server {
  const [host = '', port = ''] = address.split(':');
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  server.on('connection', (client) => {
    listener.connections.add(client);
    client.once('close', () => listener.connections.delete(client));
    const target = listener.targets[listener.next++ % listener.targets.length];
    // It was accepted by the kernel just before the last target went.
    if (target === undefined) client.resetAndDestroy();
    else forward(client, target);
  });
  server.once('error', (error) => {
    report(`cannot listen on ${address}: ${error.message}`);
    // The next change tries again.
    if (listener.server === server) listener.server = undefined;
  });
  server.listen({ host, port: Number(port), exclusive: true });
  return server;
}

function forward(client: Socket, target: Target): void {
  const server = connect({ ...target, allowHalfOpen: true, noDelay: true });
  const pairs = [
    [client, server],
    [server, client],
  ] as const;
  for (const [from, to] of pairs) {
    from.pipe(to);
    // An end is passed on by `pipe`; what breaks on one side breaks the other, as it would without us.
    from.once('error', () => to.resetAndDestroy());
    from.once('close', () => {
      if (!from.readableEnded) to.destroy();
    });
  }
}
