import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './entries.ts';
import type { Ledger } from './ledger.ts';
import { type Random, seededRandom, seedOf } from './random.ts';

/** What a subscriber does with a request. */
export type Behaviour =
  /** 204, after a while. */
  | { readonly kind: 'accept'; readonly afterMs: number }
  /** A status that is not 2xx. */
  | { readonly kind: 'refuse'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** Takes the request and never answers; whoever asked gives up. */
  | { readonly kind: 'hang' }
  /** Closes the connection in the middle of the answer's headers. */
  | { readonly kind: 'cut' };

/** A request to a subscriber. */
export interface EventRequest {
  readonly egress: string;
  readonly id: string;
  /** Requests with this id at this egress so far, from 1. */
  readonly attempt: number;
  /** The same for the same request of the same run. */
  readonly random: Random;
}

/** Decides what a subscriber does. */
export type Decide = (request: EventRequest) => Behaviour;

/** At once. */
export const accept: Behaviour = { kind: 'accept', afterMs: 0 };

/**
 * What subscribers do unless told: they take everything, and a few events are under way for a while. What is committed before it
 * was delivered is lost only if somebody dies meanwhile, and of events that take a millisecond there is hardly ever one.
 */
export const sometimesSlow: Decide = ({ random }) => (random.next() < 0.03 ? { kind: 'accept', afterMs: 300 } : accept);

/** The subscribers and dead letter sinks of a scenario: one server, an egress a path. */
export interface Subscribers extends AsyncDisposable {
  /** Where an egress delivers; `place` tells apart several destinations of one egress. */
  url(egress: string, place?: string): string;
  /** Where its dead letters go. They are always taken. */
  deadLetterUrl(egress: string): string;
  /** From now on requests are answered so. */
  behave(decide: Decide): void;
}

/** Starts them on a free port of the loopback interface. Every answer is entered into the ledger when it is given. */
export async function startSubscribers(ledger: Ledger, seed: number): Promise<Subscribers> {
  let decide: Decide = sometimesSlow;
  const attempts = new Map<string, number>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, part, egress = ''] = (request.url ?? '').split('/');
    const id = String(request.headers['ce-id']);
    const enter = (kind: Answer['kind']): void => ledger.answered({ egress, id, kind, atMs: performance.now() });
    if (part === 'dead') {
      enter('dead-lettered');
      response.writeHead(204).end();
      return;
    }
    const name = `${egress} ${id}`;
    const attempt = (attempts.get(name) ?? 0) + 1;
    attempts.set(name, attempt);
    const random = seededRandom(seedOf(seed, `${name} ${attempt}`));
    const behaviour = decide({ egress, id, attempt, random });
    if (behaviour.kind === 'accept') {
      if (behaviour.afterMs > 0) await sleep(behaviour.afterMs);
      // Who asked is gone: nobody will learn that it was taken.
      enter(response.closed ? 'refused' : 'delivered');
      response.writeHead(204).end();
      return;
    }
    enter('refused');
    refuse(behaviour, response);
  };

  const server = createServer((request, response) => {
    request
      .resume()
      .on('error', () => response.destroy())
      .on('end', () => void answer(request, response));
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

function refuse(behaviour: Exclude<Behaviour, { kind: 'accept' }>, response: ServerResponse): void {
  switch (behaviour.kind) {
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
