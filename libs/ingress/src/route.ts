import type { EventProducer } from '@eventing-kafka/kafka-client';
import type { Admission } from './admission.ts';
import { openAuthorization, type RouteAuthorization } from './authorization-plan.ts';
import type { EventTypes } from './event-types.ts';
import type { RouteMeasurements } from './instruments.ts';
import type { RoutePlan } from './route-plan.ts';

/** What a {@link Route} is made of, beside its plan. */
export interface RouteParts {
  /** Given back by the route. */
  readonly producer: EventProducer;
  readonly measurements: RouteMeasurements;
  readonly admission: Admission;
  readonly eventTypes: EventTypes | undefined;
}

/**
 * A resource being served: its plan with a producer of its own reference. Requests hold on to the route they met; a route
 * that was replaced gives its producer back once the last of them is answered.
 */
export class Route implements AsyncDisposable {
  readonly plan: RoutePlan;
  readonly path: string;
  readonly hosts: readonly string[];
  readonly topic: string;
  readonly mode: 'binary' | 'structured';
  /** Who may send; undefined: everybody. */
  readonly authorization: RouteAuthorization | undefined;
  readonly producer: EventProducer;
  readonly measurements: RouteMeasurements;
  /** What of it is on its way. */
  readonly admission: Admission;
  /** Undefined: nobody asks for the kinds of its events. */
  readonly eventTypes: EventTypes | undefined;
  #users = 0;
  #disposed: Promise<void> | undefined;
  readonly #unused = Promise.withResolvers<undefined>();

  constructor(plan: RoutePlan, parts: RouteParts) {
    this.plan = plan;
    this.path = plan.path;
    this.hosts = plan.hosts;
    this.topic = plan.topic;
    this.mode = plan.mode;
    this.authorization = openAuthorization(plan.authorization);
    this.producer = parts.producer;
    this.measurements = parts.measurements;
    this.admission = parts.admission;
    this.eventTypes = parts.eventTypes;
  }

  /** A request met this route. */
  enter(): void {
    this.#users += 1;
  }

  /** And is done with it: Kafka said what became of its event. */
  leave(): void {
    this.#users -= 1;
    if (this.#users === 0 && this.#disposed !== undefined) this.#unused.resolve(undefined);
  }

  /** Waits for nobody any more: all requests are answered, and what Kafka still has of them it has. */
  abandon(): void {
    this.#unused.resolve(undefined);
  }

  /** Gives the producer back when the last request has left. Nobody new may be sent here any more. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#release();
    return this.#disposed;
  }

  async #release(): Promise<void> {
    if (this.#users > 0) await this.#unused.promise;
    await this.producer[Symbol.asyncDispose]();
  }
}
