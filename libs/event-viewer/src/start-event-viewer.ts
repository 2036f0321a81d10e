import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isCodecError, readHttpEvent } from '@eventing-kafka/cloudevents-codec';
import { EventViewerError } from './event-viewer-error.ts';
import { eventText, refusalText } from './event-text.ts';
import { parseTarget } from './request-target.ts';

/** How a viewer is made. */
export interface EventViewerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Gets one block of lines per event, whole. */
  readonly write: (text: string) => void;
  /** Whether the lines are coloured, for terminals. */
  readonly colors: boolean;
  /** The time of a line; the clock when absent. */
  readonly now?: () => Date;
}

/** A subscriber that prints what it gets. */
export interface EventViewer extends AsyncDisposable {
  readonly port: number;
  /** `http://<host>:<port>`; a viewer's own address is `<url>/<name>`. */
  readonly url: string;
}

/** Larger events are refused with 413. */
const maxBodyBytes = 4 * 1024 * 1024;
const closeTimeoutMs = 1000;

const help = `This is an event viewer: POST a CloudEvent to /<name> and it is printed under that name.
/<name>?status=503 and /<name>/fail (500) answer with that status, to see retries and dead letters.
`;

/**
 * Starts a subscriber: `POST /<name>` prints the event and answers 204, or the status that the path asks for (`?status=503`, `/<name>/fail`). What is
 * no event gets 400 with the reason. Resolves when it listens.
 *
 * @throws {EventViewerError} the address cannot be listened on.
 */
export async function startEventViewer(options: EventViewerOptions): Promise<EventViewer> {
  const { host, port } = options;
  const server = createServer({ requestTimeout: 60_000 }, (request, response) => {
    respond(request, response, options).catch((error: unknown) => {
      // The sender is gone half-way, or printing failed: there is nobody to answer, or nothing to say but that.
      if (response.headersSent || !request.complete) response.destroy();
      else answer(response, 500, `The viewer failed: ${String(error)}\n`);
    });
  });
  const boundPort = await listen(server, host, port);
  let closed: Promise<void> | undefined;
  return {
    port: boundPort,
    url: `http://${host === '0.0.0.0' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${boundPort}`,
    [Symbol.asyncDispose]: () => (closed ??= close(server)),
  };
}

async function respond(request: IncomingMessage, response: ServerResponse, options: EventViewerOptions): Promise<void> {
  const { write, colors, now = () => new Date() } = options;
  const url = request.url ?? '/';
  if ((request.method === 'GET' || request.method === 'HEAD') && url === '/') {
    answer(response, 200, help);
    return;
  }
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST');
    answer(response, 405, 'Method not allowed: POST a CloudEvent.\n');
    return;
  }
  const target = parseTarget(url);
  if (target === undefined) {
    answer(response, 400, 'status must be a number from 200 to 599.\n');
    return;
  }
  const refuse = (statusCode: number, reason: string): void => {
    write(refusalText(reason, { viewer: target.viewer, time: now(), statusCode }, colors));
    answer(response, statusCode, `${reason}\n`);
  };
  const body = await readBody(request);
  if (body === undefined) {
    response.setHeader('connection', 'close');
    refuse(413, `The body is larger than ${maxBodyBytes} bytes.`);
    return;
  }
  let text: string;
  try {
    const event = readHttpEvent(request.rawHeaders, body);
    text = eventText(event, { viewer: target.viewer, time: now(), statusCode: target.statusCode }, colors);
  } catch (error) {
    if (!isCodecError(error)) throw error;
    refuse(400, error.message);
    return;
  }
  write(text);
  answer(response, target.statusCode, target.statusCode < 300 ? '' : `The path asks for ${target.statusCode}.\n`);
}

/** The body, or undefined when it is too large: then the rest is not read. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

function answer(response: ServerResponse, statusCode: number, text: string): void {
  response.statusCode = statusCode;
  if (text === '') {
    response.end();
    return;
  }
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.setHeader('x-content-type-options', 'nosniff');
  response.end(text);
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        cause.code === 'EADDRINUSE'
          ? new EventViewerError(
              'EVENT_VIEWER_PORT_IN_USE',
              `Port ${port} on ${host}, for the event viewer, is in use: stop what listens there or choose another port (0 for any free one).`,
              { cause },
            )
          : new EventViewerError(
              'EVENT_VIEWER_LISTEN_FAILED',
              `Cannot listen on ${host}:${port}, for the event viewer: ${cause.message}.`,
              { cause },
            ),
      );
    });
    server.listen({ host, port }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
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
