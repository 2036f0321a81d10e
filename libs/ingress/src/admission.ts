import type { RefusalReason } from './refusals.ts';

/** What may be on its way at one time. */
export interface AdmissionLimits {
  readonly maxInFlightRequests: number;
  readonly maxInFlightBytes: number;
}

/**
 * Counts the events on their way, and says when there are enough of them. A share of another admission takes from that one too, so that one
 * ingress whose Kafka is slow leaves room for the others.
 */
export class Admission {
  readonly #maxRequests: number;
  readonly #maxBytes: number;
  readonly #whole: Admission | undefined;
  /** What is said when this one is full. */
  readonly #full: RefusalReason;
  #requests = 0;
  #bytes = 0;

  private constructor(limits: AdmissionLimits, full: RefusalReason, whole?: Admission) {
    this.#maxRequests = limits.maxInFlightRequests;
    this.#maxBytes = limits.maxInFlightBytes;
    this.#full = full;
    this.#whole = whole;
  }

  /** That of a whole process. */
  static ofProcess(limits: AdmissionLimits): Admission {
    return new Admission(limits, 'overloaded');
  }

  /** That of one ingress. */
  share(limits: AdmissionLimits): Admission {
    return new Admission(limits, 'ingress-overloaded', this);
  }

  get requests(): number {
    return this.#requests;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes one more event of `bytes`; or takes nothing, and answers why. */
  admit(bytes: number): RefusalReason | undefined {
    return this.#take(1, bytes);
  }

  /** Takes `bytes` more for an event that is in; or takes nothing, and answers why. */
  grow(bytes: number): RefusalReason | undefined {
    return this.#take(0, bytes);
  }

  /** Takes `events` more that came with one that is in; or takes nothing, and answers why. */
  admitMore(events: number): RefusalReason | undefined {
    return this.#take(events, 0);
  }

  /** Gives back `events` that came in one request, and all that was taken for them. */
  release(bytes: number, events = 1): void {
    this.#requests -= events;
    this.#bytes -= bytes;
    this.#whole?.release(bytes, events);
  }

  #take(events: number, bytes: number): RefusalReason | undefined {
    const whole = this.#whole;
    if (whole !== undefined && !whole.#hasRoom(events, bytes)) return whole.#full;
    if (!this.#hasRoom(events, bytes)) return this.#full;
    this.#add(events, bytes);
    if (whole !== undefined) whole.#add(events, bytes);
    return undefined;
  }

  #hasRoom(events: number, bytes: number): boolean {
    return this.#requests + events <= this.#maxRequests && this.#bytes + bytes <= this.#maxBytes;
  }

  #add(events: number, bytes: number): void {
    this.#requests += events;
    this.#bytes += bytes;
  }
}
