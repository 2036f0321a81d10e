import { IncomingMessage } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { IngestTrace } from '@eventing-kafka/tracing';
import type { EventGrant } from './authorization-policies.ts';
import type { BatchInFlight } from './batch-in-flight.ts';
import type { Route } from './route.ts';

/** Where an accepted event is. */
export type EventPhase = 'new' | 'reading' | 'producing' | 'answered';

/** Takes the body of a request piece by piece. */
export interface BodyReceiver {
  /** A piece of the body came. */
  receive(request: EventRequest, chunk: Buffer): void;
  /** The body is complete. */
  complete(request: EventRequest): void;
  /** The connection ended before the body did. */
  lost(request: EventRequest): void;
}

/**
 * A request with what we know of it beside: one object for each event, in place of one and a closure for every step. Node's
 * HTTP server makes it (`createServer({ IncomingMessage: EventRequest })`).
 */
export class EventRequest extends IncomingMessage {
  phase: EventPhase = 'new';
  receiver: BodyReceiver | undefined = undefined;
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
  /** Who sends, and what that sender may; undefined where everybody may. */
  granted: { readonly subject: string; readonly grant: EventGrant } | undefined = undefined;
  /** The events of a request in batch mode, once they are on their way. */
  batch: BatchInFlight | undefined = undefined;
  /** Of a request that is traced, until it is answered. */
  trace: IngestTrace | undefined = undefined;
  /** What to do once this is answered: the connection has something more to say. */
  afterwards: (() => void) | undefined = undefined;

  /**
   * Has the body brought to `receiver`, from now on and until it is set to undefined. To be called as the request comes, before
   * any of the body does.
   */
  readBody(receiver: BodyReceiver): void {
    this.receiver = receiver;
    this.on('error', onError);
  }

  /** The same for a request that had to wait: what came of its body meanwhile lies in the stream, and all of it comes from there. */
  readBodyLate(receiver: BodyReceiver): void {
    this.on('data', (chunk: Buffer) => receiver.receive(this, chunk));
    this.on('end', () => receiver.complete(this));
    this.on('error', () => receiver.lost(this));
  }

  /**
   * How node's HTTP parser hands on a body: each piece, then null. What a receiver takes goes past the stream's buffer, its
   * events and its ticks, which cost more than all we do with an event (1.6 of 16.7 µs; see `benchmarks`).
   */
  override push(chunk: Buffer | null): boolean {
    const { receiver } = this;
    if (receiver === undefined) return super.push(chunk);
    if (chunk !== null) {
      receiver.receive(this, chunk);
      return true;
    }
    receiver.complete(this);
    return super.push(null);
  }

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

function onError(this: EventRequest): void {
  this.receiver?.lost(this);
}
