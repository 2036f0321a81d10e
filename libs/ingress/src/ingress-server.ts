import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { BrokenConnections } from './broken-connections.ts';
import type { CertificatePair } from './certificate-pair.ts';
import { EventRequest } from './event-request.ts';
import { listenError } from './ingress-error.ts';
import type { IngressLimits } from './limits.ts';
import type { RequestHandler } from './request-handler.ts';

/** A server whose requests are {@link EventRequest}s. */
export type IngressServer = Server<typeof EventRequest>;

/** How often late answers and slow requests are looked for, in milliseconds. */
export const sweepMs = 250;

/** Milliseconds for the last answers to leave. */
const flushMs = 1000;

/** Who answers. */
export interface IngressServerOptions {
  readonly limits: IngressLimits;
  readonly handler: RequestHandler;
  readonly broken: BrokenConnections;
}

/** A server of plain HTTP, not listening yet. */
export function createPlainServer(options: IngressServerOptions): IngressServer {
  return wired(createServer(httpOptions(options.limits)), options);
}

/** The same over TLS 1.2 or newer. */
export function createSecureServer(pair: CertificatePair, options: IngressServerOptions): IngressServer & SecureServer {
  const { requestTimeoutMs } = options.limits;
  const server = createTlsServer({
    ...httpOptions(options.limits),
    ...secureContext(pair),
    handshakeTimeout: requestTimeoutMs,
  });
  wired(server, options);
  cutHandshakesToo(server);
  return server;
}

/** Node's own `closeAllConnections` knows a connection only once its handshake is done: whoever never begins one would keep the server open. */
function cutHandshakesToo(server: IngressServer): void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const closeConnections = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    closeConnections();
    for (const socket of sockets) socket.destroy();
  };
}

/** What has its certificate changed while it runs. */
export interface SecureServer {
  setSecureContext(context: ReturnType<typeof secureContext>): void;
}

/** What a TLS server is told of its certificate. */
export function secureContext({ cert, key }: CertificatePair): {
  readonly cert: string;
  readonly key: string;
  readonly minVersion: 'TLSv1.2';
} {
  return { cert, key, minVersion: 'TLSv1.2' };
}

function httpOptions(limits: IngressLimits) {
  return {
    IncomingMessage: EventRequest,
    // Routes by path need none; a request without one is refused where it would (receiver.md R-34).
    requireHostHeader: false,
    // So that two Host headers are seen.
    joinDuplicateHeaders: true,
    // The parser counts target and headers as one; each has its own limit in `plainHttpRefusal`.
    maxHeaderSize: limits.maxRequestLineBytes + limits.maxHeaderBytes,
    headersTimeout: limits.requestTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, Math.max(sweepMs, limits.requestTimeoutMs / 4)),
    noDelay: true,
  };
}

function wired(server: IngressServer, { limits, handler, broken }: IngressServerOptions): IngressServer {
  // The size is limited, so the number is; a header left out in silence would be an attribute lost.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.maxConnections;
  server.on('request', (request, response) => handler.handle(request, response, false));
  server.on('checkContinue', (request, response) => handler.handle(request, response, true));
  // Other expectations are ignored, as upstream does (receiver.md 3.3).
  server.on('checkExpectation', (request: EventRequest, response) => handler.handle(request, response, false));
  server.on('connect', (_request, socket) => broken.refuse(socket, 'method-not-allowed'));
  server.on('clientError', (error, socket) => broken.failed(error, socket));
  return server;
}

/** Rejects with {@link IngressError}. */
export async function listen(server: IngressServer, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen({ host, port, backlog: 1024 }, resolve);
  });
  server.removeAllListeners('error');
}

/** Stops accepting, answers what was accepted until the deadline, then answers the rest 503 and cuts what still arrives. */
export async function closeServers(
  servers: readonly IngressServer[],
  handler: RequestHandler,
  drainTimeoutMs: number,
): Promise<void> {
  const closed = Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
  const deadline = performance.now() + drainTimeoutMs;
  while (handler.unanswered > 0 && performance.now() < deadline) await pause(10);
  handler.expire(0, 'stopping', true);
  // What is answered is on its way out and ends its connection; anything else on a connection was never accepted.
  const flush = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, flushMs);
  await closed;
  clearTimeout(flush);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
