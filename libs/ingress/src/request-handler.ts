import type { ServerResponse } from 'node:http';
import { isCodecError, readHttpEvent, readHttpEvents } from '@eventing-kafka/cloudevents-codec';
import type { EventView } from '@eventing-kafka/cloudevents-codec';
import type { Logger } from '@eventing-kafka/logging';
import type { Tracing } from '@eventing-kafka/tracing';
import type { AdmissionDecision, AuthorizationGate } from './authorization-gate.ts';
import type { RouteAuthorization } from './authorization-plan.ts';
import { answerNotReady, answerOk, answerOptions } from './answers.ts';
import { EventProduction } from './event-production.ts';
import { firstHeader } from './first-header.ts';
import { isTooLarge, plainHttpRefusal } from './http-rules.ts';
import type { BodyReceiver, EventRequest } from './event-request.ts';
import type { IngressInstruments } from './instruments.ts';
import type { IngressLimits } from './limits.ts';
import type { RefusalReason } from './refusals.ts';
import { RequestAnswers } from './request-answers.ts';
import { targetPath } from './request-target.ts';
import type { Route } from './route.ts';
import type { RouteTable } from './route-table.ts';
import { batchTooLargeText, bodyTooLargeText } from './too-large.ts';
import { beginTrace } from './traced-request.ts';
import { isSchemeClosed, type TransportEncryption } from './transport-encryption.ts';

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
  /** Looks at tokens; needed by routes with an authorization. */
  readonly gate?: AuthorizationGate | undefined;
}

/**
 * What becomes of a request, in the order of receiver.md 4.1:
 *
 * ```
 * new ──▶ reading ──▶ producing ──▶ answered (202, or 413/503 by what Kafka said)
 *  │         │            └────────▶ answered (503) after `produceTimeoutMs`; Kafka's word then only frees the bytes
 *  │         └──▶ answered (400, 403, 413), or gone with its sender: nothing is produced
 *  └──▶ answered (200, 400, 401, 403, 404, 405, 413, 415, 431, 500, 501, 503): the body is not looked at
 * ```
 *
 * Where a route asks for tokens, a request stays new until its token was looked at; its body waits.
 */
export class RequestHandler implements BodyReceiver {
  readonly #routes: RequestHandlerOptions['routes'];
  readonly #notReady: () => string | undefined;
  readonly #limits: IngressLimits;
  readonly #logger: Logger;
  readonly #tracing: Tracing | undefined;
  readonly #answers: RequestAnswers;
  readonly #production: EventProduction;
  readonly #gate: AuthorizationGate | undefined;
  #authorizing = 0;
  #reading = 0;
  /** May change at any time; holds for requests that come after. */
  transportEncryption: TransportEncryption = 'permissive';

  constructor(options: RequestHandlerOptions) {
    this.#routes = options.routes;
    this.#notReady = options.notReady;
    this.#limits = options.limits;
    this.#logger = options.logger;
    this.#tracing = options.tracing;
    this.#gate = options.gate;
    this.#answers = new RequestAnswers(options);
    this.#production = new EventProduction({
      produceTimeoutMs: options.limits.produceTimeoutMs,
      answers: this.#answers,
      logger: options.logger,
    });
  }

  /** Events that were accepted, or may be yet, and are not answered. */
  get unanswered(): number {
    return this.#authorizing + this.#reading + this.#production.unanswered;
  }

  /** The last event of this connection that Kafka has not acknowledged. */
  lastOf(socket: unknown): EventRequest | undefined {
    return this.#production.lastOf(socket);
  }

  /** From now on answers close their connections: the server is stopping. */
  closeConnections(): void {
    this.#answers.closing = true;
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
    this.#production.expire(now, reason, everything);
  }

  #decide(request: EventRequest, response: ServerResponse, expectsContinue: boolean): void {
    const malformed = plainHttpRefusal(request, this.#limits);
    if (malformed !== undefined) return this.#refuse(request, response, malformed, true);
    const target = request.url ?? '';
    if (request.method !== 'POST' && this.#isHealthAnswered(request, response, target)) return;
    if (this.transportEncryption !== 'permissive') {
      const mode = this.transportEncryption;
      if (isSchemeClosed(mode, 'encrypted' in request.socket)) {
        return this.#refuse(request, response, 'wrong-scheme', false, wrongSchemeTexts[mode]);
      }
    }
    if (request.method !== 'POST' && this.#isAnsweredWithoutRoute(request, response)) return;
    const table = this.#routes.table;
    let route = table.byTarget(target);
    if (route === undefined) {
      const host = request.headers.host;
      if (host === undefined) return this.#refuse(request, response, 'missing-host', false);
      route = table.byHost(host);
      if (route === undefined) return this.#refuse(request, response, 'no-route', false);
    }
    if (request.method === 'POST') this.#accept(request, response, route, expectsContinue);
    else answerOk(response, this.#answers.closing, firstHeader(request.rawHeaders, 'k-network-hash'));
  }

  /** Health and readiness: whatever the Host, the scheme and the contract. */
  #isHealthAnswered(request: EventRequest, response: ServerResponse, target: string): boolean {
    if (request.method !== 'GET') return false;
    const path = targetPath(target);
    if (path === '/healthz') {
      answerOk(response, this.#answers.closing);
      return true;
    }
    if (path !== '/readyz') return false;
    const why = this.#notReady();
    if (why === undefined) answerOk(response, this.#answers.closing);
    else answerNotReady(response, this.#answers.closing, why);
    return true;
  }

  /** OPTIONS and wrong methods; not the control plane's probe, which asks for a route. */
  #isAnsweredWithoutRoute(request: EventRequest, response: ServerResponse): boolean {
    if (request.method === 'GET' && firstHeader(request.rawHeaders, 'k-network-probe') === 'probe') return false;
    if (request.method === 'OPTIONS') answerOptions(response, this.#answers.closing);
    else this.#refuse(request, response, 'method-not-allowed', false);
    return true;
  }

  #accept(request: EventRequest, response: ServerResponse, route: Route, expectsContinue: boolean): void {
    request.startedAt = performance.now();
    request.route = route;
    request.answer = response;
    if (this.#tracing !== undefined) beginTrace(request, this.#tracing);
    if (route.authorization === undefined) this.#read(request, response, route, expectsContinue);
    else this.#authorize(request, response, route, route.authorization, expectsContinue);
  }

  /** Nothing of the body is read, and nothing said about it, before it is known that its sender may send at all. */
  #authorize(
    request: EventRequest,
    response: ServerResponse,
    route: Route,
    authorization: RouteAuthorization,
    expectsContinue: boolean,
  ): void {
    if (this.#gate === undefined) throw new TypeError('a route asks for tokens, and nobody was given to check them');
    const decision = this.#gate.decide(request, route, authorization);
    if (!(decision instanceof Promise)) {
      if (this.#admits(request, response, decision)) this.#read(request, response, route, expectsContinue);
      return;
    }
    this.#authorizing += 1;
    route.enter();
    void decision
      .then((late) => {
        // It may have left, or been told by whoever watches the connection that it took too long.
        if (this.#answers.isOver(request)) this.#answers.lost(request);
        else if (this.#admits(request, response, late)) this.#read(request, response, route, expectsContinue, true);
      })
      .catch((error: unknown) => this.#failed(request, response, error))
      .finally(() => {
        this.#authorizing -= 1;
        route.leave();
      });
  }

  #admits(request: EventRequest, response: ServerResponse, decision: AdmissionDecision): boolean {
    if (decision.kind === 'refused') this.#refuse(request, response, decision.reason, false);
    else request.granted = decision;
    return decision.kind === 'granted';
  }

  #read(request: EventRequest, response: ServerResponse, route: Route, expectsContinue: boolean, late = false): void {
    const { headers } = request;
    if (headers['content-encoding'] !== undefined && headers['content-encoding'].toLowerCase() !== 'identity') {
      return this.#refuse(request, response, 'compressed-body', false);
    }
    const chunked = headers['transfer-encoding'] !== undefined;
    const declaredBytes = chunked ? 0 : Number(headers['content-length'] ?? 0);
    if (isTooLarge(declaredBytes, this.#limits)) return this.#refuseTooLarge(request, response, declaredBytes);
    const full = route.admission.admit(declaredBytes);
    if (full !== undefined) return this.#refuse(request, response, full, false);
    request.reservedBytes = declaredBytes;
    route.enter();
    this.#reading += 1;
    request.phase = 'reading';
    if (declaredBytes === 0 && !chunked) {
      this.#produce(request, route);
      return;
    }
    if (expectsContinue) response.writeContinue();
    if (late) request.readBodyLate(this);
    else request.readBody(this);
  }

  /** {@link BodyReceiver} */
  receive(request: EventRequest, chunk: Buffer): void {
    if (request.phase !== 'reading') return;
    const total = request.bodyBytes + chunk.length;
    if (isTooLarge(total, this.#limits))
      return this.#refuseWhileReading(request, 'body-too-large', bodyTooLargeText(this.#limits));
    if (total > request.reservedBytes) {
      const full = request.route?.admission.grow(total - request.reservedBytes);
      if (full !== undefined) return this.#refuseWhileReading(request, full);
      request.reservedBytes = total;
    }
    request.addChunk(chunk);
  }

  #produce(request: EventRequest, route: Route): void {
    if (request.phase !== 'reading') return;
    const response = request.answer;
    if (response === undefined) return;
    try {
      const message = readHttpEvents(request.rawHeaders, request.takeBody());
      if (request.granted !== undefined && !this.#permits(request, response, route, message)) return;
      if (isBatch(message)) {
        if (!this.#admitsBatch(request, response, route, message.length)) return;
        this.#production.produceBatch(request, route, message);
      } else {
        this.#production.produce(request, route, message);
      }
      this.#reading -= 1;
    } catch (error) {
      if (!isCodecError(error)) return this.#failed(request, response, error);
      this.#stopReading(request);
      route.measurements.answered(400, '', performance.now() - request.startedAt);
      this.#answers.refuse(request, response, 'invalid-event', error.message);
    }
  }

  /** Whether the sender may send this; if not, it is answered, and nothing of it produced. */
  #permits(
    request: EventRequest,
    response: ServerResponse,
    route: Route,
    message: EventView | readonly EventView[],
  ): boolean {
    const events = isBatch(message) ? message : [message];
    if (this.#gate?.permits(request, route, events) === true) return true;
    this.#stopReading(request);
    for (const { type } of events) route.measurements.answered(403, type, performance.now() - request.startedAt);
    this.#answers.refuse(request, response, 'event-not-authorized');
    return false;
  }

  /** Whether a batch may go on as a whole; if not, it is answered, and none of its events produced. */
  #admitsBatch(request: EventRequest, response: ServerResponse, route: Route, events: number): boolean {
    const refusal = events > this.#limits.maxBatchEvents ? 'batch-too-large' : route.admission.admitMore(events - 1);
    if (refusal === undefined) return true;
    this.#stopReading(request);
    const text = refusal === 'batch-too-large' ? batchTooLargeText(this.#limits, events) : undefined;
    this.#answers.refuse(request, response, refusal, text);
    return false;
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
      this.#answers.refuseUnended(request, response, reason, text);
    } else {
      this.#answers.refuse(request, response, reason, text, closing);
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
    if (request.answer !== undefined) this.#answers.refuseUnended(request, request.answer, reason, text);
  }

  /** {@link BodyReceiver} */
  complete(request: EventRequest): void {
    if (request.route !== undefined) this.#produce(request, request.route);
  }

  /** {@link BodyReceiver}. The sender left, or did not come to its end in time; nothing is produced. */
  lost(request: EventRequest): void {
    if (request.phase !== 'reading') return;
    this.#stopReading(request);
    this.#answers.lost(request);
  }

  #stopReading(request: EventRequest): void {
    request.phase = 'answered';
    request.receiver = undefined;
    request.takeBody();
    this.#reading -= 1;
    request.route?.admission.release(request.reservedBytes);
    request.route?.leave();
  }

  #failed(request: EventRequest, response: ServerResponse, error: unknown): void {
    this.#logger.error('request failed', { resourceUid: request.route?.plan.resourceUid, error });
    if (request.phase === 'reading') this.#stopReading(request);
    if (!response.headersSent) this.#answers.refuse(request, response, 'internal-error', undefined, true);
    else response.destroy();
  }
}

/** What is said to who came the way that is closed. */
const wrongSchemeTexts = {
  strict: 'Events are taken over HTTPS only here.',
  disabled: 'Events are taken over plain HTTP only here.',
} as const;

function isBatch(message: EventView | readonly EventView[]): message is readonly EventView[] {
  return Array.isArray(message);
}
