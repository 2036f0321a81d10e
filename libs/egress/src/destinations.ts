import { createHash } from 'node:crypto';
import {
  CircuitBreaker,
  type BreakerSettings,
  type BreakerState,
  type BreakerTicket,
  type DestinationHealth,
} from '@eventing-kafka/delivery';

/** What waits for a destination. */
export interface DestinationUser {
  /** How long one has to wait is something else now. */
  destinationChanged(): void;
}

/** Where requests go, and in which way. */
export interface DestinationAim {
  readonly url: string;
  /** CA certificates that https trusts there, PEM; empty: those of the system. */
  readonly caPem: string;
  /** How long one attempt may take, milliseconds. */
  readonly attemptTimeoutMs: number;
}

/** Somewhere that events are posted to, and what is known of how it is; shared by all egresses that post there in the same way. */
export class Destination {
  /** See {@link destinationKey}. */
  readonly key: string;
  readonly users = new Set<DestinationUser>();
  /** Why the last attempt that failed did, for a person. */
  lastFailure: string | undefined;
  readonly #breaker: CircuitBreaker;
  /** When it last asked to be left alone, and until when. */
  #askedAtMs = 0;
  #retryAtMs = 0;

  constructor(key: string, settings: Partial<BreakerSettings>) {
    this.key = key;
    this.#breaker = new CircuitBreaker(settings);
  }

  /**
   * How long a request has to wait: 0 if it may go now.
   *
   * @param patienceMs how long an outage may last until it is waited for no more
   * @param retryAfterMaxMs how long the destination may ask to be left alone; 0: that is not heeded
   */
  waitMs(nowMs: number, patienceMs: number, retryAfterMaxMs: number): number {
    const breakerMs = this.#breaker.waitMs(nowMs);
    const patienceLeftMs = breakerMs === 0 ? 0 : patienceMs - this.#breaker.outageMs(nowMs);
    const askedMs = Math.min(this.#retryAtMs, this.#askedAtMs + retryAfterMaxMs) - nowMs;
    return Math.max(0, Math.min(breakerMs, patienceLeftMs), askedMs);
  }

  breakerState(nowMs: number): BreakerState {
    return this.#breaker.state(nowMs);
  }

  begin(nowMs: number): BreakerTicket {
    const ticket = this.#breaker.begin(nowMs);
    // From now on the others wait for what this one finds.
    if (ticket.isProbe) this.#tellUsers();
    return ticket;
  }

  /** A request is over; the parameters are those of `CircuitBreaker.end`. */
  end(ticket: BreakerTicket, health: DestinationHealth, isFirstFailure: boolean, nowMs: number): void {
    if (this.#breaker.end(ticket, health, isFirstFailure, nowMs)) this.#tellUsers();
  }

  /** It asks to be left alone for a while. */
  askedToWait(waitMs: number, nowMs: number): void {
    if (nowMs + waitMs <= this.#retryAtMs) return;
    this.#askedAtMs = nowMs;
    this.#retryAtMs = nowMs + waitMs;
    this.#tellUsers();
  }

  #tellUsers(): void {
    for (const user of [...this.users]) user.destinationChanged();
  }
}

/** All destinations of a process, each as long as somebody uses it. */
export class Destinations {
  readonly #settings: Partial<BreakerSettings>;
  readonly #known = new Map<string, Destination>();

  constructor(settings: Partial<BreakerSettings>) {
    this.#settings = settings;
  }

  /** The destination at which is aimed, used by `user` from now on. */
  use(aim: DestinationAim, user: DestinationUser): Destination {
    const key = destinationKey(aim);
    const destination = this.#known.get(key) ?? new Destination(key, this.#settings);
    this.#known.set(key, destination);
    destination.users.add(user);
    return destination;
  }

  release(destination: Destination, user: DestinationUser): void {
    destination.users.delete(user);
    if (destination.users.size === 0) this.#known.delete(destination.key);
  }
}

/**
 * What tells destinations apart: origin and path, because what comes after them is not part of who answers, and what an egress may have set
 * so that its requests fail where those of others do not, which then must not wait: the certificates that https trusts, and the time-out.
 * A URL that cannot be parsed is one of its own; posting to it says what is wrong.
 */
function destinationKey({ url, caPem, attemptTimeoutMs }: DestinationAim): string {
  const parsed = URL.parse(url);
  const place = parsed === null ? url : parsed.origin + parsed.pathname;
  const isTrusting = parsed?.protocol === 'https:' && caPem !== '';
  const trust = isTrusting ? createHash('sha256').update(caPem).digest('base64') : '';
  return JSON.stringify([place, trust, attemptTimeoutMs]);
}
