import type { ServerResponse } from 'node:http';
import type { Logger } from '@eventing-kafka/logging';
import { answerAccepted, answerBatchRefusal, answerRefusal, answerRefusalUnended } from './answers.ts';
import type { BatchRefusal } from './batch-answer.ts';
import type { EventRequest } from './event-request.ts';
import type { IngressInstruments } from './instruments.ts';
import { endAfterRequest } from './linger.ts';
import type { RefusalReason } from './refusals.ts';
import { endTrace } from './traced-request.ts';

/** What {@link RequestAnswers} work with. */
export interface RequestAnswersOptions {
  readonly instruments: IngressInstruments;
  readonly logger: Logger;
  /** Connections that got their last answer: nothing else may be written to them. */
  readonly lastAnswers: WeakSet<object>;
}

/** The last word on a request: its bytes, and what is counted, logged and traced of it. */
export class RequestAnswers {
  readonly #instruments: IngressInstruments;
  readonly #logger: Logger;
  readonly #lastAnswers: WeakSet<object>;
  /** Answers close their connections: the server is stopping. */
  closing = false;

  constructor(options: RequestAnswersOptions) {
    this.#instruments = options.instruments;
    this.#logger = options.logger;
    this.#lastAnswers = options.lastAnswers;
  }

  /** 202: Kafka has all of it. */
  accept(request: EventRequest, response: ServerResponse): void {
    answerAccepted(response, this.closing);
    if (request.trace !== undefined) endTrace(request, 202);
  }

  /** A refusal with its reason in words; `text` in place of the usual ones. */
  refuse(request: EventRequest, response: ServerResponse, reason: RefusalReason, text?: string, closing = false): void {
    this.#count(request, reason);
    answerRefusal(response, reason, closing || this.closing, text);
    if (request.trace !== undefined) endTrace(request, response.statusCode);
  }

  /** A batch of which not every event was accepted. */
  refuseBatch(request: EventRequest, response: ServerResponse, refusal: BatchRefusal): void {
    this.#count(request, refusal.reason);
    answerBatchRefusal(response, refusal, this.closing);
    if (request.trace !== undefined) endTrace(request, refusal.statusCode);
  }

  /** Answers at once and ends the connection once the sender is done, or has gone on for too long. */
  refuseUnended(request: EventRequest, response: ServerResponse, reason: RefusalReason, text?: string): void {
    this.#count(request, reason);
    this.#lastAnswers.add(request.socket);
    answerRefusalUnended(response, reason, text);
    if (request.trace !== undefined) endTrace(request, response.statusCode);
    endAfterRequest(request, response);
  }

  /** Whether the connection took its last word, or cannot take any. */
  isOver({ socket }: EventRequest): boolean {
    return socket.destroyed || this.#lastAnswers.has(socket);
  }

  /** The sender left before there was an answer; if the connection got a last one, that was counted. */
  lost(request: EventRequest): void {
    if (request.trace !== undefined) endTrace(request, undefined);
    if (!this.#lastAnswers.has(request.socket)) this.#count(request, 'sender-gone');
  }

  #count(request: EventRequest, reason: RefusalReason): void {
    this.#instruments.refused(reason);
    if (this.#logger.isEnabled('debug')) {
      this.#logger.debug('request refused', {
        reason,
        method: request.method,
        resourceUid: request.route?.plan.resourceUid,
      });
    }
  }
}
