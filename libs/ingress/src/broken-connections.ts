import type { Duplex } from 'node:stream';
import { rawRefusal } from './answers.ts';
import type { IngressInstruments } from './instruments.ts';
import type { IngressLimits } from './limits.ts';
import type { HttpParseError } from './parse-refusal.ts';
import { refusalOfParseError } from './parse-refusal.ts';
import type { RefusalReason } from './refusals.ts';
import type { RequestHandler } from './request-handler.ts';

/** Milliseconds for a sender to read a last answer and hang up. */
const lingerMs = 1000;

/** Connections whose bytes are no request any more: they get one last answer and end. */
export class BrokenConnections {
  readonly #limits: IngressLimits;
  readonly #handler: RequestHandler;
  readonly #instruments: IngressInstruments;
  readonly #lastAnswers: WeakSet<object>;

  constructor(options: {
    limits: IngressLimits;
    handler: RequestHandler;
    instruments: IngressInstruments;
    lastAnswers: WeakSet<object>;
  }) {
    this.#limits = options.limits;
    this.#handler = options.handler;
    this.#instruments = options.instruments;
    this.#lastAnswers = options.lastAnswers;
  }

  /** The parser gave up, or time did. */
  failed(error: HttpParseError, socket: Duplex): void {
    const isSilent = 'bytesRead' in socket && socket.bytesRead === 0;
    // Nothing was ever sent on it, or the sender is gone: there is nobody to answer (receiver.md 4.5).
    if (!socket.writable || isSilent || error.code === 'ECONNRESET' || error.code === 'HPE_INVALID_EOF_STATE') {
      socket.destroy();
      return;
    }
    this.refuse(socket, refusalOfParseError(error, this.#limits.maxRequestLineBytes));
  }

  /** Answers and ends the connection, after the events of it that Kafka has not acknowledged yet. */
  refuse(socket: Duplex, reason: RefusalReason): void {
    // The parser complains about every further packet.
    if (this.#lastAnswers.has(socket)) return;
    this.#lastAnswers.add(socket);
    this.#instruments.refused(reason);
    // Of a CONNECT node takes its own listeners away; a sender that resets the connection must not end the process.
    socket.on('error', () => socket.destroy());
    const end = (): void => {
      if (!socket.writable) return;
      socket.end(rawRefusal(reason));
      const timer = setTimeout(() => socket.destroy(), lingerMs);
      socket.once('close', () => clearTimeout(timer));
    };
    const before = this.#handler.lastOf(socket);
    if (before === undefined) end();
    else before.afterwards = end;
  }
}
