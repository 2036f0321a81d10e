/** Whether a destination gets requests: all, none, or single ones that try it. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** What a request told of its destination. */
export type DestinationHealth =
  | 'alive'
  /** It failed, and the event may be to blame: something in it that the destination cannot bear. */
  | 'failing'
  /** It failed before it saw the event. */
  | 'unreachable'
  /** Nothing, for instance because the request was withdrawn. */
  | 'unknown';

/** When a breaker opens and for how long. */
export interface BreakerSettings {
  /** Failures one after the other, none succeeding between them, before it opens; 0: it never does. */
  readonly failures: number;
  /** Share of failing requests at which it opens too, once enough were made to speak of a share. Above 0, up to 1. */
  readonly failingShare: number;
  /** Milliseconds without a failure after which those before count no more: an event a minute is no storm. */
  readonly quietMs: number;
  /** Milliseconds of the first pause; each further one is twice as long. */
  readonly firstPauseMs: number;
  /** Milliseconds of the longest pause, before jitter of a fifth to either side. */
  readonly maxPauseMs: number;
}

/** The settings of a {@link CircuitBreaker} that was given none. */
export const defaultBreakerSettings: BreakerSettings = {
  failures: 10,
  failingShare: 0.9,
  quietMs: 10_000,
  firstPauseMs: 500,
  maxPauseMs: 10_000,
};

/** A request that was let through; to be handed back with what it told. */
export interface BreakerTicket {
  readonly isProbe: boolean;
  /** Which spell of openness it was begun in: an answer to a question asked before says nothing about now. */
  readonly spell: number;
}

/** Requests that the share of failing ones is taken over, roughly: each weighs this much less than the next. */
const shareOver = 32;

/**
 * Decides whether a destination gets requests, from what those before told.
 *
 * ```text
 *             failures in a row, or nearly all fail
 *   closed ─────────────────────────────────────────▶ open ◀──────────┐
 *      ▲                                                │ pause over   │ the probe fails:
 *      │                                                ▼              │ twice the pause
 *      └────────────── the probe finds it alive ──── half-open ────────┘
 * ```
 *
 * An event that fails counts once, however often it is tried: the retries of one bad event say nothing about the destination, and their
 * schedule is kept to the millisecond. Only that no connection comes about counts each time. It holds no timer; whoever waits asks {@link waitMs}. Times are milliseconds of any clock that does not go back.
 */
export class CircuitBreaker {
  readonly #settings: BreakerSettings;
  readonly #random: () => number;
  #isClosed = true;
  #spell = 0;
  #ticket: BreakerTicket = { isProbe: false, spell: 0 };
  #probedUntilMs = 0;
  #failuresInARow = 0;
  #failingShare = 0;
  #results = 0;
  #lastFailureMs = Number.NEGATIVE_INFINITY;
  #openedAtMs = 0;
  #closedAtMs = Number.NEGATIVE_INFINITY;
  #pauseMs = 0;
  #pausedUntilMs = 0;

  constructor(settings: Partial<BreakerSettings> = {}, random: () => number = Math.random) {
    this.#settings = { ...defaultBreakerSettings, ...settings };
    this.#random = random;
  }

  state(nowMs: number): BreakerState {
    if (this.#isClosed) return 'closed';
    return nowMs < this.#pausedUntilMs ? 'open' : 'half-open';
  }

  /**
   * How long the next request has to wait: 0 if it may go now. A probe is waited for as long as the longest pause; then another may try, because
   * a request can take many minutes.
   */
  waitMs(nowMs: number): number {
    return this.#isClosed ? 0 : Math.max(0, this.#pausedUntilMs - nowMs, this.#probedUntilMs - nowMs);
  }

  /** For how long the destination has been down; 0 while closed. */
  outageMs(nowMs: number): number {
    return this.#isClosed ? 0 : Math.max(0, nowMs - this.#openedAtMs);
  }

  /** A request begins. One that is begun although {@link waitMs} asks to wait is no probe: its failure changes nothing, its success closes. */
  begin(nowMs: number): BreakerTicket {
    if (this.#isClosed || this.waitMs(nowMs) > 0) return this.#ticket;
    this.#probedUntilMs = nowMs + this.#settings.maxPauseMs;
    return { isProbe: true, spell: this.#spell };
  }

  /**
   * A request is over. `isFirstFailure`: no attempt of the same event was counted as failing before. Returns whether {@link waitMs} is
   * something else now, for those who wait by it.
   */
  end(ticket: BreakerTicket, health: DestinationHealth, isFirstFailure: boolean, nowMs: number): boolean {
    if (ticket.spell !== this.#spell) return false;
    if (ticket.isProbe) this.#probedUntilMs = 0;
    if (!this.#isClosed) {
      if (health === 'alive') this.#close(nowMs);
      else if (health !== 'unknown' && ticket.isProbe) this.#pause(nowMs, this.#pauseMs * 2);
      return health === 'alive' || ticket.isProbe;
    }
    if (health === 'alive') {
      this.#failuresInARow = 0;
      this.#count(0);
    } else if (health === 'unreachable' || (health === 'failing' && isFirstFailure)) {
      this.#failed(nowMs);
    }
    return !this.#isClosed;
  }

  #failed(nowMs: number): void {
    const { failures, failingShare, quietMs } = this.#settings;
    if (failures === 0) return;
    if (nowMs - this.#lastFailureMs > quietMs) this.#forget();
    this.#lastFailureMs = nowMs;
    this.#failuresInARow += 1;
    this.#count(1);
    if (
      this.#failuresInARow >= failures ||
      (this.#results >= Math.max(failures, shareOver) && this.#failingShare >= failingShare)
    )
      this.#open(nowMs);
  }

  #count(failing: 0 | 1): void {
    this.#results += 1;
    this.#failingShare += (failing - this.#failingShare) / Math.min(this.#results, shareOver);
  }

  #forget(): void {
    this.#failuresInARow = 0;
    this.#failingShare = 0;
    this.#results = 0;
  }

  #open(nowMs: number): void {
    const { firstPauseMs, maxPauseMs } = this.#settings;
    // One that was up for a moment only goes on where it was.
    const wasSteady = nowMs - this.#closedAtMs > maxPauseMs;
    this.#openedAtMs = nowMs;
    this.#begin(false);
    this.#pause(nowMs, wasSteady ? firstPauseMs : this.#pauseMs * 2);
  }

  #close(nowMs: number): void {
    this.#closedAtMs = nowMs;
    this.#begin(true);
    this.#forget();
  }

  #begin(isClosed: boolean): void {
    this.#isClosed = isClosed;
    this.#probedUntilMs = 0;
    this.#spell += 1;
    this.#ticket = { isProbe: false, spell: this.#spell };
  }

  #pause(nowMs: number, pauseMs: number): void {
    const { firstPauseMs, maxPauseMs } = this.#settings;
    this.#pauseMs = Math.min(Math.max(pauseMs, firstPauseMs), maxPauseMs);
    this.#pausedUntilMs = nowMs + this.#pauseMs * (0.8 + 0.4 * this.#random());
  }
}
