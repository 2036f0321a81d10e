import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Ledger } from './ledger.ts';

/** What a subscriber does with a request. */
export type Behaviour =
  /** 204. */
  | { readonly kind: 'accept' }
  /** A status that is not 2xx. */
  | { readonly kind: 'refuse'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Takes the request and never answers; whoever asked gives up. */
  | { readonly kind: 'hang' }
  /** Closes the connection in the middle of the answer's headers. */
  | { readonly kind: 'cut' };

/** Decides what a subscriber does. `attempt` counts requests with this id at this egress, from 1. */
export type Decide = (request: { readonly egress: string; readonly id: string; readonly attempt: number }) => Behaviour;

/** The subscribers and dead letter sinks of a scenario: one server, an egress a path. */
export interface Subscribers extends AsyncDisposable {
  /** Where an egress delivers; `place` tells apart several destinations of one egress. */
  url(egress: string, place?: string): string;
  /** Where its dead letters go. They are always taken. */
  deadLetterUrl(egress: string): string;
  /** From now on requests are answered so; without it with 204. */
  behave(decide: Decide | undefined): void;
}

/** Starts them on a free port of the loopback interface. Every answer is entered into the ledger when it is given. */
export async function startSubscribers(ledger: Ledger): Promise<Subscribers> {
  let decide: Decide | undefined;
  const attempts = new Map<string, number>();

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const [, part, egress = ''] = (request.url ?? '').split('/');
    const id = String(request.headers['ce-id']);
    if (part === 'dead') {
      ledger.answered({ egress, id, kind: 'dead-lettered', atMs: performance.now() });
      response.writeHead(204).end();
      return;
    }
    const attempt = (attempts.get(`${egress} ${id}`) ?? 0) + 1;
    attempts.set(`${egress} ${id}`, attempt);
    const behaviour = decide?.({ egress, id, attempt }) ?? { kind: 'accept' };
    const kind = behaviour.kind === 'accept' ? 'delivered' : 'refused';
    ledger.answered({ egress, id, kind, atMs: performance.now() });
    carryOut(behaviour, response);
  };

  const server = createServer((request, response) => {
    request
      .resume()
      .on('error', () => response.destroy())
      .on('end', () => answer(request, response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the subscribers have no port');
  const base = `http://127.0.0.1:${address.port}`;

  return {
    url: (egress, place = '1') => `${base}/take/${egress}/${place}`,
    deadLetterUrl: (egress) => `${base}/dead/${egress}`,
    behave(next) {
      decide = next;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function carryOut(behaviour: Behaviour, response: ServerResponse): void {
  switch (behaviour.kind) {
    case 'accept':
      response.writeHead(204).end();
      return;
    case 'refuse':
      response.writeHead(behaviour.status, behaviour.headers).end();
      return;
    case 'hang':
      return;
    case 'cut':
      response.socket?.end('HTTP/1.1 200 OK\r\nContent-Le');
      return;
  }
}
