import { IncomingMessage } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { Route } from './route.ts';

/** Where an accepted event is. */
export type EventPhase = 'new' | 'reading' | 'producing' | 'answered';

/**
 * A request with what we know of it beside: one object for each event, in place of one and a closure for every step. Node's
 * HTTP server makes it (`createServer({ IncomingMessage: EventRequest })`).
 */
export class EventRequest extends IncomingMessage {
  phase: EventPhase = 'new';
  answer: ServerResponse | undefined = undefined;
  route: Route | undefined = undefined;
  /** The body, nearly always one piece. */
  firstChunk: Buffer | undefined = undefined;
  moreChunks: Buffer[] | undefined = undefined;
  bodyBytes = 0;
  /** What {@link Admission} counts for it. */
  reservedBytes = 0;
  /** Of `performance.now()`: when a route was found, and when Kafka must have answered. */
  startedAt = 0;
  deadlineAt = 0;
  eventType = '';
  /** What to do once this is answered: the connection has something more to say. */
  afterwards: (() => void) | undefined = undefined;

  addChunk(chunk: Buffer): void {
    this.bodyBytes += chunk.length;
    if (this.firstChunk === undefined) this.firstChunk = chunk;
    else if (this.moreChunks === undefined) this.moreChunks = [chunk];
    else this.moreChunks.push(chunk);
  }

  /** The body in one piece; the pieces are let go. */
  takeBody(): Buffer {
    const first = this.firstChunk ?? emptyBody;
    const body = this.moreChunks === undefined ? first : Buffer.concat([first, ...this.moreChunks], this.bodyBytes);
    this.firstChunk = undefined;
    this.moreChunks = undefined;
    return body;
  }
}

const emptyBody = Buffer.alloc(0);
