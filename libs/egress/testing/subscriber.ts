import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as a subscriber got it. */
export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The event's id in binary mode. */
  readonly id: string;
  readonly url: string;
  /** 1 for the first request with this id. */
  readonly attempt: number;
}

/** What a subscriber answers: a status, or more, or nothing at all. */
export type Answer =
  | number
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'close'
  | 'never';

/** An HTTP server that keeps what it got. */
export interface Subscriber extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  readonly ids: readonly string[];
  /** Requests being answered at this moment, and the most there were. */
  readonly open: number;
  readonly mostOpen: number;
  /** Connections that are open, busy or not. */
  readonly connections: number;
}

/** Starts a subscriber; `answer` decides, 204 if it is left out. */
export async function startSubscriber(
  answer: (request: ReceivedRequest) => Answer | Promise<Answer> = () => 204,
): Promise<Subscriber> {
  const requests: ReceivedRequest[] = [];
  const attempts = new Map<string, number>();
  let open = 0;
  let mostOpen = 0;
  let connections = 0;
  const server = createServer((incoming, response) => {
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    response.on('close', () => (open -= 1));
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const id = String(incoming.headers['ce-id'] ?? '');
      const attempt = (attempts.get(id) ?? 0) + 1;
      attempts.set(id, attempt);
      const request = { headers: incoming.headers, body: Buffer.concat(chunks), id, url: incoming.url ?? '', attempt };
      requests.push(request);
      void Promise.resolve(answer(request)).then((given) => {
        if (given === 'never') return;
        if (given === 'close') {
          incoming.socket.destroy();
          return;
        }
        const { status, headers = {}, body = '' } = typeof given === 'number' ? { status: given } : given;
        response.writeHead(status, headers).end(body);
      });
    });
  });
  server.on('connection', (socket) => {
    connections += 1;
    socket.on('close', () => (connections -= 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    requests,
    get ids() {
      return requests.map((request) => request.id);
    },
    get open() {
      return open;
    },
    get mostOpen() {
      return mostOpen;
    },
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
