import type { EncodedRecord, EventView } from '@eventing-kafka/cloudevents-codec';
import { toRecord } from '@eventing-kafka/cloudevents-codec';
import type { Logger } from '@eventing-kafka/logging';
import { decideBatchRefusal, statusOf, type EventOutcome } from './batch-answer.ts';
import { BatchInFlight } from './batch-in-flight.ts';
import type { EventRequest } from './event-request.ts';
import { refusalOfSendError } from './kafka-refusal.ts';
import { Occasional } from './occasional.ts';
import type { RefusalReason } from './refusals.ts';
import type { RequestAnswers } from './request-answers.ts';
import type { Route } from './route.ts';
import { recordTooLargeText } from './too-large.ts';
import { sendTraced } from './traced-request.ts';

/** What an {@link EventProduction} works with. */
export interface EventProductionOptions {
  /** Milliseconds for Kafka to acknowledge. */
  readonly produceTimeoutMs: number;
  readonly answers: RequestAnswers;
  readonly logger: Logger;
}

/**
 * Events that were decoded, on their way to Kafka: each is handed over once and answered once, with Kafka's word or at its deadline. A
 * sender that leaves meanwhile changes nothing, and what Kafka says after the deadline only frees the bytes.
 */
export class EventProduction {
  readonly #produceTimeoutMs: number;
  readonly #answers: RequestAnswers;
  readonly #logger: Logger;
  readonly #occasional = new Occasional(10_000, () => performance.now());
  /** Sent to Kafka and not answered, the earliest deadline first. */
  readonly #unanswered = new Set<EventRequest>();

  constructor(options: EventProductionOptions) {
    this.#produceTimeoutMs = options.produceTimeoutMs;
    this.#answers = options.answers;
    this.#logger = options.logger;
  }

  /** Requests that wait for their answer. */
  get unanswered(): number {
    return this.#unanswered.size;
  }

  /** The last request of this connection that waits for its answer. */
  lastOf(socket: unknown): EventRequest | undefined {
    let last: EventRequest | undefined;
    for (const request of this.#unanswered) if (request.socket === socket) last = request;
    return last;
  }

  /** Hands one event to Kafka, and answers in time. */
  produce(request: EventRequest, route: Route, event: EventView): void {
    const record = toRecord(event, route.mode);
    request.eventType = event.type;
    this.#begin(request);
    this.#send(request, route, event, record).then(
      () => this.#acknowledged(request, route, event),
      (error: unknown) => this.#notAcknowledged(request, route, record, error),
    );
  }

  /** Hands all events of a batch to Kafka, in their order; each fares by itself, and one answer tells of all of them. */
  produceBatch(request: EventRequest, route: Route, events: readonly EventView[]): void {
    const sends = events.map((event) => ({ event, record: toRecord(event, route.mode) }));
    const batch = new BatchInFlight(events);
    request.batch = batch;
    this.#begin(request);
    sends.forEach(({ event, record }, index) => {
      this.#send(request, route, event, record).then(
        () => {
          this.#settled(request, route, batch, index, 'accepted');
          route.eventTypes?.saw(event);
        },
        (error: unknown) => this.#settled(request, route, batch, index, this.#reasonOf(route, error)),
      );
    });
  }

  /** Answers 503 to what Kafka has had for too long; with `everything`, to all that is unanswered. */
  expire(now: number, reason: RefusalReason, everything = false): void {
    for (const request of this.#unanswered) {
      if (!everything && request.deadlineAt > now) return;
      this.#unanswered.delete(request);
      if (request.batch === undefined) this.#refuse(request, reason);
      else this.#answerBatch(request, request.batch, reason);
    }
  }

  #begin(request: EventRequest): void {
    request.phase = 'producing';
    request.deadlineAt = performance.now() + this.#produceTimeoutMs;
    this.#unanswered.add(request);
  }

  #send({ trace }: EventRequest, route: Route, event: EventView, record: EncodedRecord): Promise<unknown> {
    try {
      return trace === undefined
        ? handOver(route, record)
        : sendTraced(trace, route.topic, event, record, (traced) => handOver(route, traced));
    } catch (error) {
      // Not what a producer promises, but an event must not be left unanswered for it (F-33).
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #acknowledged(request: EventRequest, route: Route, event: EventView): void {
    route.admission.release(request.reservedBytes);
    route.leave();
    if (this.#unanswered.delete(request)) this.#accept(request, route);
    route.eventTypes?.saw(event);
  }

  #accept(request: EventRequest, route: Route): void {
    request.phase = 'answered';
    route.measurements.answered(202, request.eventType, performance.now() - request.startedAt);
    if (request.answer !== undefined) this.#answers.accept(request, request.answer);
    request.afterwards?.();
  }

  #notAcknowledged(request: EventRequest, route: Route, record: EncodedRecord, error: unknown): void {
    route.admission.release(request.reservedBytes);
    route.leave();
    const reason = this.#reasonOf(route, error);
    const text = reason === 'record-too-large' ? recordTooLargeText(record) : undefined;
    if (this.#unanswered.delete(request)) this.#refuse(request, reason, text);
  }

  #settled(request: EventRequest, route: Route, batch: BatchInFlight, index: number, outcome: EventOutcome): void {
    if (!batch.settle(index, outcome)) return;
    route.admission.release(request.reservedBytes, batch.size);
    route.leave();
    if (this.#unanswered.delete(request)) this.#answerBatch(request, batch, 'kafka-timeout');
  }

  /** Answers an event that was decoded and is on its way no more. */
  #refuse(request: EventRequest, reason: RefusalReason, text?: string): void {
    request.phase = 'answered';
    const response = request.answer;
    if (response !== undefined) {
      this.#answers.refuse(request, response, reason, text);
      request.route?.measurements.answered(
        response.statusCode,
        request.eventType,
        performance.now() - request.startedAt,
      );
    }
    request.afterwards?.();
  }

  /** Answers a batch by what is known of its events; those that Kafka said nothing of are `late`. */
  #answerBatch(request: EventRequest, batch: BatchInFlight, late: RefusalReason): void {
    request.phase = 'answered';
    const outcomes = batch.outcomes(late);
    const durationMs = performance.now() - request.startedAt;
    outcomes.forEach((outcome, index) => {
      request.route?.measurements.answered(statusOf(outcome), batch.types[index] ?? '', durationMs);
    });
    const refusal = decideBatchRefusal(batch.ids, outcomes);
    if (request.answer !== undefined) {
      if (refusal === undefined) this.#answers.accept(request, request.answer);
      else this.#answers.refuseBatch(request, request.answer, refusal);
    }
    request.afterwards?.();
  }

  /** What a failed send means, said in the log once in a while. */
  #reasonOf(route: Route, error: unknown): RefusalReason {
    const reason = refusalOfSendError(error);
    const held = this.#occasional.pass(`${route.plan.resourceUid} ${reason}`);
    if (held !== undefined) {
      const fields = { resourceUid: route.plan.resourceUid, topic: route.topic, reason, notLogged: held, error };
      if (reason === 'internal-error') this.#logger.error('event not produced', fields);
      else this.#logger.warn('event not produced', fields);
    }
    return reason;
  }
}

function handOver({ producer, topic }: Route, { key, value, headers }: EncodedRecord): Promise<unknown> {
  return producer.send({ topic, key, value, headers });
}
