import type { AdaptiveLimit, AttemptVerdict, BreakerState, BreakerTicket } from '@eventing-kafka/delivery';
import type { DeliveryLifetime } from './delivery-lifetime.ts';
import type { Destination, DestinationAim, Destinations } from './destinations.ts';

/** Where a gate leads and how long it may hold back. */
export interface GateAim extends DestinationAim {
  /** Milliseconds that an outage of the destination is waited for; after that requests go as if it were up. */
  readonly patienceMs: number;
  /** The longest `Retry-After` that is heeded, milliseconds; 0: none is. */
  readonly retryAfterMaxMs: number;
}

/** A request that may go; to be handed back when it is over. */
export class GatePass {
  readonly destination: Destination;
  readonly ticket: BreakerTicket;
  readonly beganMs: number;
  /** Whether an attempt of the same event was counted against the destination: one event counts once, however often it is tried. */
  isCounted: boolean;

  constructor(destination: Destination, nowMs: number, before: GatePass | undefined) {
    this.destination = destination;
    this.ticket = destination.begin(nowMs);
    this.beganMs = nowMs;
    this.isCounted = before?.isCounted === true && before.destination === destination;
  }
}

/** How a request ended. */
export interface GateResult {
  readonly verdict: AttemptVerdict;
  /** Whether the target took the event. */
  readonly taken: boolean;
  /** What a `Retry-After` asked for. */
  readonly retryAfterMs?: number | undefined;
  /** What went wrong, for a person. */
  readonly failure?: string | undefined;
}

/** Whom a gate tells. */
export interface GateHost {
  /** There may be room for another request. */
  roomier(): void;
  /** Requests are held back from now on. */
  held(why: 'breaker' | 'retry-after'): void;
}

/** The longest that a timer can wait. */
const longestTimerMs = 2_147_483_647;

interface Waiter {
  readonly before: GatePass | undefined;
  readonly resolve: (pass: GatePass | undefined) => void;
  readonly stop: () => void;
}

/**
 * What every request of an egress to one of its targets passes: it lets through as many as the limit allows and as the destination is
 * fit for, and lets the others wait in the order they came. Waiting costs an event none of its attempts.
 */
export class TargetGate {
  readonly #destinations: Destinations;
  readonly #limit: AdaptiveLimit | undefined;
  /** The least that go at once when an outage is waited for no more: so many events end, and not one after the other. */
  readonly #outageLimit: number;
  readonly #host: GateHost;
  #aim: GateAim | undefined;
  #destination: Destination | undefined;
  #active = 0;
  readonly #waiting = new Set<Waiter>();
  #isHeld = false;
  #isBreakerClosed = true;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly destinations: Destinations;
    /** Absent: as many requests as come. */
    readonly limit?: AdaptiveLimit | undefined;
    readonly outageLimit?: number;
    readonly host: GateHost;
  }) {
    this.#destinations = options.destinations;
    this.#limit = options.limit;
    this.#outageLimit = options.outageLimit ?? Number.POSITIVE_INFINITY;
    this.#host = options.host;
  }

  /** Requests under way. */
  get active(): number {
    return this.#active;
  }

  /** Requests under way or waiting to be. */
  get occupied(): number {
    return this.#active + this.#waiting.size;
  }

  /** Requests that may be under way at once; `Infinity` without a limit. */
  get most(): number {
    if (this.#limit === undefined) return Number.POSITIVE_INFINITY;
    return this.#isBreakerClosed ? this.#limit.limit : Math.max(this.#limit.limit, this.#outageLimit);
  }

  /** Whether requests wait for the destination, and not for each other. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Whether a request that comes now would go at once. */
  get hasRoom(): boolean {
    return !this.#isHeld && this.occupied < this.most;
  }

  breakerState(nowMs: number): BreakerState {
    return this.#destination?.breakerState(nowMs) ?? 'closed';
  }

  /** What the destination did last that was wrong, while requests are held back or single ones try it. */
  get trouble(): string | undefined {
    return this.#isHeld || !this.#isBreakerClosed ? this.#destination?.lastFailure : undefined;
  }

  /** Leads elsewhere from now on, or nowhere; what waits goes there. */
  aimAt(aim: GateAim | undefined): void {
    this.#aim = aim;
    const before = this.#destination;
    this.#destination = aim === undefined ? undefined : this.#destinations.use(aim, this);
    if (before !== undefined && before !== this.#destination) this.#destinations.release(before, this);
    this.destinationChanged();
  }

  /**
   * Asks for a request. The pass at once if it may go, or when its turn comes; `undefined` if the lifetime ended before, or the gate
   * leads nowhere.
   *
   * @param before the pass of the attempt before it of the same event
   */
  enter(lifetime: DeliveryLifetime, before?: GatePass): GatePass | undefined | Promise<GatePass | undefined> {
    if (this.#destination === undefined || lifetime.ended) return undefined;
    const { hasRoom } = this;
    if (hasRoom) {
      const nowMs = performance.now();
      if (this.#waitMs(nowMs) === 0) return this.#begin(this.#destination, nowMs, before);
    }
    return new Promise((resolve) => {
      const waiter: Waiter = {
        before,
        resolve,
        stop: lifetime.onEnd(() => {
          this.#waiting.delete(waiter);
          resolve(undefined);
        }),
      };
      this.#waiting.add(waiter);
      // The destination holds back and has not said so, as one does whose last user before us is long gone: no timer is set yet.
      if (hasRoom) this.destinationChanged();
    });
  }

  /** The request of a pass is over. */
  leave(pass: GatePass, result: GateResult): void {
    const { verdict, taken } = result;
    const nowMs = performance.now();
    const inFlight = this.#active;
    this.#active -= 1;
    if (pass.destination === this.#destination)
      this.#limit?.ended(verdict.timed ? nowMs - pass.beganMs : undefined, verdict.overloaded, inFlight);
    if (result.failure !== undefined) pass.destination.lastFailure = result.failure;
    pass.destination.end(pass.ticket, verdict.health, !pass.isCounted, nowMs);
    pass.isCounted ||= verdict.health !== 'alive' && verdict.health !== 'unknown';
    if (result.retryAfterMs !== undefined) pass.destination.askedToWait(result.retryAfterMs, nowMs);
    if (this.#waiting.size > 0) this.#admit(nowMs);
    // After a success its delivery goes on to the next record by itself.
    if (!taken && this.hasRoom) this.#host.roomier();
  }

  /** For the destination to call. */
  destinationChanged(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const destination = this.#destination;
    if (destination === undefined) {
      this.#isHeld = false;
      for (const waiter of this.#waiting) this.#resume(waiter, undefined);
      return;
    }
    const nowMs = performance.now();
    const state = destination.breakerState(nowMs);
    const isClosed = state === 'closed';
    if (isClosed && !this.#isBreakerClosed) this.#limit?.restart();
    this.#isBreakerClosed = isClosed;
    const waitMs = this.#waitMs(nowMs);
    const wasHeld = this.#isHeld;
    this.#isHeld = waitMs > 0;
    if (!this.#isHeld) {
      this.#admit(nowMs);
      if (this.hasRoom) this.#host.roomier();
      return;
    }
    // While a single request tries the destination, that is no pause of its own.
    if (!wasHeld && state !== 'half-open') this.#host.held(isClosed ? 'retry-after' : 'breaker');
    // A millisecond more: a timer that is early would find that it has to wait for nothing.
    this.#timer = setTimeout(() => this.destinationChanged(), Math.min(Math.ceil(waitMs) + 1, longestTimerMs));
  }

  /** Lets through what may go. */
  #admit(nowMs: number): void {
    for (const waiter of this.#waiting) {
      const destination = this.#destination;
      if (destination === undefined || this.#active >= this.most || this.#waitMs(nowMs) > 0) return;
      // First out of the queue: beginning may lead back here.
      this.#waiting.delete(waiter);
      this.#resume(waiter, this.#begin(destination, nowMs, waiter.before));
    }
  }

  #begin(destination: Destination, nowMs: number, before: GatePass | undefined): GatePass {
    this.#active += 1;
    return new GatePass(destination, nowMs, before);
  }

  #resume(waiter: Waiter, pass: GatePass | undefined): void {
    this.#waiting.delete(waiter);
    waiter.stop();
    waiter.resolve(pass);
  }

  #waitMs(nowMs: number): number {
    const { patienceMs = 0, retryAfterMaxMs = 0 } = this.#aim ?? {};
    return this.#destination?.waitMs(nowMs, patienceMs, retryAfterMaxMs) ?? 0;
  }
}
