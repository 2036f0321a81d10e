import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** A server of a test on a free port of this machine. */
export interface TestServer extends AsyncDisposable {
  /** Without a path: `http://localhost:<port>`. */
  readonly origin: string;
  readonly port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections open now. */
  readonly open: number;
  /** Resolves when no connection is open. */
  readonly quiet: () => Promise<void>;
}

/** A request with its body, as the server saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** An HTTP server. */
export function startHttp(listener: RequestListener): Promise<TestServer> {
  return start('http', createServer(listener));
}

/** An HTTPS server for `localhost`. */
export function startHttps(
  tls: { readonly key: string; readonly cert: string },
  listener: RequestListener,
): Promise<TestServer> {
  return start('https', createTlsServer(tls, listener));
}

/** A server that speaks whatever `listener` writes. */
export function startTcp(listener: (socket: Socket) => void): Promise<TestServer> {
  return start('http', createTcpServer(listener));
}

/** An HTTP server that reads each request and answers with the next of `answers`, the last one for ever. */
export async function startAnswering(
  ...answers: readonly ((response: ServerResponse, request: IncomingMessage) => void)[]
): Promise<TestServer & { readonly seen: SeenRequest[] }> {
  const seen: SeenRequest[] = [];
  const server = await startHttp((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const answer = answers[Math.min(seen.length, answers.length - 1)];
      seen.push({
        method: request.method ?? '',
        url: request.url ?? '',
        rawHeaders: request.rawHeaders,
        body: Buffer.concat(chunks),
      });
      answer?.(response, request);
    });
  });
  return Object.assign(server, { seen });
}

/** Answers with a status and nothing else. */
export function status(
  statusCode: number,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): (response: ServerResponse) => void {
  return (response) => {
    response.writeHead(statusCode, headers).end(body);
  };
}

async function start(scheme: string, server: Server): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const closed = new EventTarget();
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      closed.dispatchEvent(new Event('change'));
    });
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${scheme}://localhost:${port}`,
    port,
    get accepted() {
      return accepted;
    },
    get open() {
      return sockets.size;
    },
    quiet: async () => {
      while (sockets.size > 0) await once(closed, 'change');
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
