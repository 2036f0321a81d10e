import type { ServerResponse } from 'node:http';
import { isCodecError, readHttpEvent, toRecord } from '@eventing-kafka/cloudevents-codec';
import type { EncodedRecord, EventView } from '@eventing-kafka/cloudevents-codec';
import type { Logger } from '@eventing-kafka/logging';
import type { Tracing } from '@eventing-kafka/tracing';
import { Admission } from './admission.ts';
import {
  answerAccepted,
  answerNotReady,
  answerOk,
  answerOptions,
  answerRefusal,
  answerRefusalUnended,
} from './answers.ts';
import { isTooLarge, plainHttpRefusal } from './http-rules.ts';
import type { BodyReceiver, EventRequest } from './event-request.ts';
import type { IngressInstruments } from './instruments.ts';
import { refusalOfSendError } from './kafka-refusal.ts';
import type { IngressLimits } from './limits.ts';
import { endAfterRequest } from './linger.ts';
import { Occasional } from './occasional.ts';
import type { RefusalReason } from './refusals.ts';
import { targetPath } from './request-target.ts';
import type { Route } from './route.ts';
import type { RouteTable } from './route-table.ts';
import { bodyTooLargeText, recordTooLargeText } from './too-large.ts';
import { beginTrace, endTrace, sendTraced } from './traced-request.ts';

/** What a {@link RequestHandler} works with. */
export interface RequestHandlerOptions {
  /** The routes of this moment, asked anew for each request. */
  readonly routes: { readonly table: RouteTable<Route> };
  /** Why this process should get no requests now; undefined: it should. */
  readonly notReady: () => string | undefined;
  readonly limits: IngressLimits;
  readonly instruments: IngressInstruments;
  readonly logger: Logger;
  /** Connections that got their last answer: nothing else may be written to them. */
  readonly lastAnswers: WeakSet<object>;
  readonly tracing?: Tracing | undefined;
}

/**
 * What becomes of a request, in the order of receiver.md 4.1:
 *
 * ```
 * new ──▶ reading ──▶ producing ──▶ answered (202, or 413/503 by what Kafka said)
 *  │         │            └────────▶ answered (503) after `produceTimeoutMs`; Kafka's word then only frees the bytes
 *  │         └──▶ answered (400, 413), or gone with its sender: nothing is produced
 *  └──▶ answered (200, 400, 404, 405, 413, 415, 431, 501, 503): the body is not looked at
 * ```
 */
export class RequestHandler implements BodyReceiver {
  readonly #routes: RequestHandlerOptions['routes'];
  readonly #notReady: () => string | undefined;
  readonly #limits: IngressLimits;
  readonly #instruments: IngressInstruments;
  readonly #logger: Logger;
  readonly #lastAnswers: WeakSet<object>;
  readonly #tracing: Tracing | undefined;
  readonly #occasional = new Occasional(10_000, () => performance.now());
  readonly #admission: Admission;
  /** Sent to Kafka and not answered, the earliest deadline first. */
  readonly #producing = new Set<EventRequest>();
  #reading = 0;
  /** Answers close their connections: the server is stopping. */
  closing = false;

  constructor(options: RequestHandlerOptions) {
    this.#routes = options.routes;
    this.#notReady = options.notReady;
    this.#limits = options.limits;
    this.#instruments = options.instruments;
    this.#logger = options.logger;
    this.#lastAnswers = options.lastAnswers;
    this.#tracing = options.tracing;
    this.#admission = new Admission(options.limits);
  }

  /** Events that were accepted and are not answered. */
  get unanswered(): number {
    return this.#reading + this.#producing.size;
  }

  get inFlight(): Admission {
    return this.#admission;
  }

  /** The last event of this connection that Kafka has not acknowledged. */
  lastOf(socket: unknown): EventRequest | undefined {
    let last: EventRequest | undefined;
    for (const request of this.#producing) if (request.socket === socket) last = request;
    return last;
  }

  /** Takes a request; never throws, and always answers in the end. */
  handle(request: EventRequest, response: ServerResponse, expectsContinue: boolean): void {
    response.sendDate = false;
    try {
      this.#decide(request, response, expectsContinue);
    } catch (error) {
      this.#failed(request, response, error);
    }
  }

  /** Answers 503 to what Kafka has had for too long; with `everything`, to all that is unanswered. */
  expire(now: number, reason: RefusalReason, everything = false): void {
    for (const request of this.#producing) {
      if (!everything && request.deadlineAt > now) return;
      this.#producing.delete(request);
      this.#refuseEvent(request, reason);
    }
  }

  #decide(request: EventRequest, response: ServerResponse, expectsContinue: boolean): void {
    const malformed = plainHttpRefusal(request, this.#limits);
    if (malformed !== undefined) return this.#refuse(request, response, malformed, true);
    const target = request.url ?? '';
    if (request.method !== 'POST' && this.#isAnsweredWithoutRoute(request, response, target)) return;
    const table = this.#routes.table;
    let route = table.byTarget(target);
    if (route === undefined) {
      const host = request.headers.host;
      if (host === undefined) return this.#refuse(request, response, 'missing-host', false);
      route = table.byHost(host);
      if (route === undefined) return this.#refuse(request, response, 'no-route', false);
    }
    if (request.method === 'POST') this.#accept(request, response, route, expectsContinue);
    else answerOk(response, this.closing, firstValue(request.rawHeaders, 'k-network-hash'));
  }

  /** Health and readiness, OPTIONS and wrong methods; not the control plane's probe, which asks for a route. */
  #isAnsweredWithoutRoute(request: EventRequest, response: ServerResponse, target: string): boolean {
    if (request.method === 'GET') {
      const path = targetPath(target);
      if (path === '/healthz') {
        answerOk(response, this.closing);
        return true;
      }
      if (path === '/readyz') {
        const why = this.#notReady();
        if (why === undefined) answerOk(response, this.closing);
        else answerNotReady(response, this.closing, why);
        return true;
      }
      if (firstValue(request.rawHeaders, 'k-network-probe') === 'probe') return false;
    }
    if (request.method === 'OPTIONS') answerOptions(response, this.closing);
    else this.#refuse(request, response, 'method-not-allowed', false);
    return true;
  }

  #accept(request: EventRequest, response: ServerResponse, route: Route, expectsContinue: boolean): void {
    const { headers } = request;
    request.startedAt = performance.now();
    request.route = route;
    request.answer = response;
    if (this.#tracing !== undefined) beginTrace(request, this.#tracing);
    if (headers['content-encoding'] !== undefined && headers['content-encoding'].toLowerCase() !== 'identity') {
      return this.#refuse(request, response, 'compressed-body', false);
    }
    const chunked = headers['transfer-encoding'] !== undefined;
    const declaredBytes = chunked ? 0 : Number(headers['content-length'] ?? 0);
    if (isTooLarge(declaredBytes, this.#limits)) return this.#refuseTooLarge(request, response, declaredBytes);
    if (!this.#admission.admit(declaredBytes)) return this.#refuse(request, response, 'overloaded', false);
    request.reservedBytes = declaredBytes;
    route.enter();
    this.#reading += 1;
    request.phase = 'reading';
    if (declaredBytes === 0 && !chunked) {
      this.#produce(request, route);
      return;
    }
    if (expectsContinue) response.writeContinue();
    request.readBody(this);
  }

  /** {@link BodyReceiver} */
  receive(request: EventRequest, chunk: Buffer): void {
    if (request.phase !== 'reading') return;
    const total = request.bodyBytes + chunk.length;
    if (isTooLarge(total, this.#limits))
      return this.#refuseWhileReading(request, 'body-too-large', bodyTooLargeText(this.#limits));
    if (total > request.reservedBytes) {
      if (!this.#admission.grow(total - request.reservedBytes)) return this.#refuseWhileReading(request, 'overloaded');
      request.reservedBytes = total;
    }
    request.addChunk(chunk);
  }

  #produce(request: EventRequest, route: Route): void {
    if (request.phase !== 'reading') return;
    const response = request.answer;
    if (response === undefined) return;
    let event: EventView;
    let record: EncodedRecord;
    try {
      event = readHttpEvent(request.rawHeaders, request.takeBody());
      record = toRecord(event, route.mode);
      request.eventType = event.type;
    } catch (error) {
      this.#stopReading(request);
      if (!isCodecError(error)) return this.#failed(request, response, error);
      route.measurements.answered(400, '', performance.now() - request.startedAt);
      return this.#answerRefusal(request, response, 'invalid-event', error.message);
    }
    this.#reading -= 1;
    request.phase = 'producing';
    request.deadlineAt = performance.now() + this.#limits.produceTimeoutMs;
    this.#producing.add(request);
    const { trace } = request;
    const sending =
      trace === undefined
        ? this.#send(route, record)
        : sendTraced(trace, route.topic, event, record, (traced) => this.#send(route, traced));
    sending.then(
      () => this.#acknowledged(request, route),
      (error: unknown) => this.#notAcknowledged(request, route, record, error),
    );
  }

  #send(route: Route, record: EncodedRecord): Promise<unknown> {
    try {
      return route.producer.send({ topic: route.topic, key: record.key, value: record.value, headers: record.headers });
    } catch (error) {
      // Not what a producer promises, but an event must not be left unanswered for it (F-33).
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #acknowledged(request: EventRequest, route: Route): void {
    this.#admission.release(request.reservedBytes);
    route.leave();
    if (!this.#producing.delete(request)) return;
    request.phase = 'answered';
    route.measurements.answered(202, request.eventType, performance.now() - request.startedAt);
    if (request.answer !== undefined) answerAccepted(request.answer, this.closing);
    if (request.trace !== undefined) endTrace(request, 202);
    request.afterwards?.();
  }

  #notAcknowledged(request: EventRequest, route: Route, record: EncodedRecord, error: unknown): void {
    this.#admission.release(request.reservedBytes);
    route.leave();
    const reason = refusalOfSendError(error);
    const held = this.#occasional.pass(`${route.plan.resourceUid} ${reason}`);
    if (held !== undefined) {
      const fields = { resourceUid: route.plan.resourceUid, topic: route.topic, reason, notLogged: held, error };
      if (reason === 'internal-error') this.#logger.error('event not produced', fields);
      else this.#logger.warn('event not produced', fields);
    }
    const text = reason === 'record-too-large' ? recordTooLargeText(record) : undefined;
    if (this.#producing.delete(request)) this.#refuseEvent(request, reason, text);
  }

  /** Answers an event that was decoded and is on its way no more. */
  #refuseEvent(request: EventRequest, reason: RefusalReason, text?: string): void {
    request.phase = 'answered';
    const response = request.answer;
    if (response !== undefined) {
      this.#answerRefusal(request, response, reason, text);
      request.route?.measurements.answered(
        response.statusCode,
        request.eventType,
        performance.now() - request.startedAt,
      );
    }
    request.afterwards?.();
  }

  /** Answers with the body unread: small ones are read away and the connection goes on, others end with it. */
  #refuse(
    request: EventRequest,
    response: ServerResponse,
    reason: RefusalReason,
    closing: boolean,
    text?: string,
  ): void {
    request.phase = 'answered';
    const { headers } = request;
    const unread = headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity;
    if (unread > this.#limits.maxBodyBytes) {
      this.#refuseUnended(request, response, reason, text);
    } else {
      this.#answerRefusal(request, response, reason, text, closing);
    }
  }

  /** A body too large by its own account: 413, unless the headers alone show that this is no event. */
  #refuseTooLarge(request: EventRequest, response: ServerResponse, bytes: number): void {
    const structured = /^\s*application\/cloudevents/i.test(request.headers['content-type'] ?? '');
    if (!structured) {
      try {
        readHttpEvent(request.rawHeaders, Buffer.alloc(0));
      } catch (error) {
        if (isCodecError(error)) {
          request.route?.measurements.answered(400, '', performance.now() - request.startedAt);
          return this.#refuse(request, response, 'invalid-event', true);
        }
        throw error;
      }
    }
    this.#refuse(request, response, 'body-too-large', true, bodyTooLargeText(this.#limits, bytes));
  }

  #refuseWhileReading(request: EventRequest, reason: RefusalReason, text?: string): void {
    this.#stopReading(request);
    if (request.answer !== undefined) this.#refuseUnended(request, request.answer, reason, text);
  }

  /** Answers at once and ends the connection once the sender is done, or has gone on for too long. */
  #refuseUnended(request: EventRequest, response: ServerResponse, reason: RefusalReason, text?: string): void {
    this.#count(request, reason);
    this.#lastAnswers.add(request.socket);
    answerRefusalUnended(response, reason, text);
    if (request.trace !== undefined) endTrace(request, response.statusCode);
    endAfterRequest(request, response);
  }

  /** {@link BodyReceiver} */
  complete(request: EventRequest): void {
    if (request.route !== undefined) this.#produce(request, request.route);
  }

  /** {@link BodyReceiver}. The sender left, or did not come to its end in time; nothing is produced. */
  lost(request: EventRequest): void {
    if (request.phase !== 'reading') return;
    this.#stopReading(request);
    if (request.trace !== undefined) endTrace(request, undefined);
    // If the connection got a last answer, that one was counted.
    if (!this.#lastAnswers.has(request.socket)) this.#count(request, 'sender-gone');
  }

  #stopReading(request: EventRequest): void {
    request.phase = 'answered';
    request.receiver = undefined;
    request.takeBody();
    this.#reading -= 1;
    this.#admission.release(request.reservedBytes);
    request.route?.leave();
  }

  #failed(request: EventRequest, response: ServerResponse, error: unknown): void {
    this.#logger.error('request failed', { resourceUid: request.route?.plan.resourceUid, error });
    if (request.phase === 'reading') this.#stopReading(request);
    if (!response.headersSent) this.#answerRefusal(request, response, 'internal-error', undefined, true);
    else response.destroy();
  }

  #answerRefusal(
    request: EventRequest,
    response: ServerResponse,
    reason: RefusalReason,
    text?: string,
    closing = false,
  ): void {
    this.#count(request, reason);
    answerRefusal(response, reason, closing || this.closing, text);
    if (request.trace !== undefined) endTrace(request, response.statusCode);
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

/** The first value of a header, in a request that is no event; names are compared in lower case. */
function firstValue(rawHeaders: readonly string[], name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === name) return rawHeaders[i + 1];
  return undefined;
}
