import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from '@eventing-kafka/logging';
import { MetricsError } from './metrics-error.ts';

/** What a page of the admin server shows. */
export interface AdminPage {
  readonly contentType: string;
  readonly body: string;
}

/** Answers one path itself. */
export type AdminHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Whether a process can do its work, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  /** What is missing, for a person. */
  readonly reason?: string;
}

/** The server beside the service: metrics, health, readiness and pages of the app. */
export interface AdminServer extends AsyncDisposable {
  /** The port it listens on, also when 0 was asked for. */
  readonly port: number;
  /** `http://<host>:<port>`, reachable from this machine. */
  readonly url: string;
}

/** How the admin server is made. */
export interface AdminServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** By exact path; asked with GET or HEAD. */
  readonly handlers: Readonly<Record<string, AdminHandler>>;
  readonly logger: Logger;
}

/** How long a request under way may hold up the closing of the server. */
const closeTimeoutMs = 1000;

/**
 * Listens; resolves when it does. Unknown paths get 404 with a list of the known ones, other methods than GET and HEAD 405.
 *
 * @throws {MetricsError} the address cannot be listened on.
 */
export async function startAdminServer(options: AdminServerOptions): Promise<AdminServer> {
  const { host, port, handlers, logger } = options;
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 60_000 },
    (request, response) => {
      response.setHeader('cache-control', 'no-store');
      response.setHeader('x-content-type-options', 'nosniff');
      const path = (request.url ?? '/').replace(/[?#].*$/s, '');
      const handler = Object.hasOwn(handlers, path) ? handlers[path] : undefined;
      if (handler === undefined) {
        sendText(response, 404, `Not found. This server has ${Object.keys(handlers).sort().join(', ')}.\n`);
        return;
      }
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        response.setHeader('allow', 'GET, HEAD');
        sendText(response, 405, 'Method not allowed: use GET.\n');
        return;
      }
      try {
        handler(request, response);
      } catch (error) {
        logger.error('admin page failed', { path, error });
        if (!response.headersSent) sendText(response, 500, 'The page failed; the log says why.\n');
      }
    },
  );
  const boundPort = await listen(server, host, port);
  server.on('error', (error) => logger.error('admin server failed', { error }));
  let closed: Promise<void> | undefined;
  return {
    port: boundPort,
    url: `http://${urlHost(host)}:${boundPort}`,
    [Symbol.asyncDispose]: () => (closed ??= close(server)),
  };
}

/** Answers with plain text. */
export function sendText(response: ServerResponse, statusCode: number, body: string): void {
  response.statusCode = statusCode;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.end(body);
}

/** A handler for `/healthz` and `/readyz`: 200 `ok`, or 503 with the reason. A check that throws counts as not ready. */
export function readinessHandler(check: () => Readiness, logger: Logger): AdminHandler {
  return (_request, response) => {
    let answer: Readiness;
    try {
      answer = check();
    } catch (error) {
      logger.error('readiness check failed', { error });
      answer = { ready: false, reason: 'the check itself failed; the log says why' };
    }
    if (answer.ready) sendText(response, 200, answer.reason === undefined ? 'ok\n' : `ok: ${answer.reason}\n`);
    else sendText(response, 503, `not ready: ${answer.reason ?? 'no reason was given'}\n`);
  };
}

/** A handler for a page of the app. */
export function pageHandler(page: () => AdminPage): AdminHandler {
  return (_request, response) => {
    const { contentType, body } = page();
    response.statusCode = 200;
    response.setHeader('content-type', contentType);
    response.end(body);
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): MetricsError {
  switch (cause.code) {
    case 'EADDRINUSE':
      return new MetricsError(
        'METRICS_PORT_IN_USE',
        `Port ${port} on ${host}, for metrics and health, is in use: stop what listens there or choose another port (0 for any free one).`,
        { cause },
      );
    case 'EACCES':
      return new MetricsError(
        'METRICS_PORT_FORBIDDEN',
        `This user may not listen on port ${port}, for metrics and health: choose one above 1023.`,
        { cause },
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new MetricsError(
        'METRICS_HOST_UNKNOWN',
        `${host}, for metrics and health, is no address of this machine: choose one, or 0.0.0.0 for all.`,
        { cause },
      );
    default:
      return new MetricsError(
        'METRICS_LISTEN_FAILED',
        `Cannot listen on ${host}:${port}, for metrics and health: ${cause.message}.`,
        { cause },
      );
  }
}

async function close(server: Server): Promise<void> {
  const closing = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  const timer = setTimeout(() => server.closeAllConnections(), closeTimeoutMs);
  server.closeIdleConnections();
  await closing;
  clearTimeout(timer);
}

/** Listening on all addresses, it is reached by the local one. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
