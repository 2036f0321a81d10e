/** Bounds of an {@link AdaptiveLimit}. */
export interface AdaptiveLimitSettings {
  /** The most that is ever allowed, and what it begins with. At least 1. */
  readonly ceiling: number;
  /** Milliseconds below which an answer is never slow, however much faster others were. */
  readonly swiftMs: number;
  /** How many times its baseline the latency may be before it counts as slow. Above 1. */
  readonly tolerance: number;
}

/** The settings of an {@link AdaptiveLimit}, but for its ceiling. */
export const defaultAdaptiveLimitSettings: Omit<AdaptiveLimitSettings, 'ceiling'> = { swiftMs: 50, tolerance: 3 };

/** Results that one decision is made from: what is in flight comes back once, within these bounds. */
const leastResults = 8;
const mostResults = 64;

/** What slowness alone leaves of the ceiling. */
const leftBySlowness = 1 / 4;

/** How much the baseline rises in a window, at most. */
const baselineRise = 1.05;

/**
 * How many requests a destination gets at once: more by a little while all is well and the limit is used, less by a share of it when
 * answers ask for that (429, 503, lost connections) or take long compared with what they took before.
 *
 * Results are looked at in windows of about one round trip. If a share _s_ of a window asks for less, the limit loses _s_/2 of itself, so that one
 * 429 among many costs little and a window full of them half. Slowness alone never takes more than three quarters of the ceiling: it may be
 * the work itself, which fewer requests at once would only make later.
 *
 * The baseline is the least median latency of a window. It falls at once, and rises only while few requests are under way: what takes long then
 * takes long by itself, and what takes long with many may be their doing.
 */
export class AdaptiveLimit {
  readonly #settings: AdaptiveLimitSettings;
  #limit: number;
  /** Doubles with every good window until the first bad one. */
  #isStarting = false;
  #baselineMs = 0;
  readonly #latencies = new Float64Array(mostResults);
  #measured = 0;
  #results = 0;
  #overloads = 0;
  #mostInFlight = 0;

  constructor(settings: Pick<AdaptiveLimitSettings, 'ceiling'> & Partial<AdaptiveLimitSettings>) {
    this.#settings = { ...defaultAdaptiveLimitSettings, ...settings };
    this.#limit = settings.ceiling;
  }

  /** Requests that may be under way; a whole number from 1 to the ceiling. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  /** Begins anew with one request at a time and doubles: a destination that comes back is not to be overrun by all that waited. */
  restart(): void {
    this.#limit = 1;
    this.#isStarting = true;
    this.#forgetWindow();
  }

  /**
   * A request is over.
   *
   * @param latencyMs of a success, or of what was not done in time; undefined for what says nothing of how long the work takes
   * @param overloaded whether its end asks for fewer requests at once
   * @param inFlight requests that were under way with it, itself included
   */
  ended(latencyMs: number | undefined, overloaded: boolean, inFlight: number): void {
    if (latencyMs !== undefined && this.#measured < mostResults) {
      this.#latencies[this.#measured] = latencyMs;
      this.#measured += 1;
    }
    if (overloaded) this.#overloads += 1;
    if (inFlight > this.#mostInFlight) this.#mostInFlight = inFlight;
    this.#results += 1;
    if (this.#results >= Math.min(Math.max(this.#limit, leastResults), mostResults)) this.#decide();
  }

  #decide(): void {
    // What was begun under a higher limit was judged by what lowered it.
    if (this.#mostInFlight <= this.limit) this.#follow();
    this.#forgetWindow();
  }

  #follow(): void {
    const { ceiling } = this.#settings;
    const few = Math.max(1, ceiling * leftBySlowness);
    const kept = this.#keptOfSlowness(few);
    if (kept < 1 || this.#overloads > 0) {
      this.#isStarting = false;
      const ofSlowness = Math.max(this.#limit * kept, Math.min(this.#limit, few));
      const ofOverload = this.#limit * (1 - this.#overloads / this.#results / 2);
      this.#limit = Math.max(1, Math.min(ofSlowness, ofOverload));
    } else if (this.#limit < ceiling && this.#mostInFlight * 2 >= this.limit) {
      this.#limit = Math.min(ceiling, this.#limit + (this.#isStarting ? this.#limit : Math.sqrt(this.#limit)));
    }
  }

  /**
   * What should be left of the limit because of the latency of this window, at least a half; 1: it is as it was.
   *
   * @param few requests at once with which what takes long takes long by itself
   */
  #keptOfSlowness(few: number): number {
    if (this.#measured < leastResults / 2) return 1;
    const { swiftMs, tolerance } = this.#settings;
    const medianMs = median(this.#latencies.subarray(0, this.#measured));
    const highestMs = this.#mostInFlight <= few ? this.#baselineMs * baselineRise : this.#baselineMs;
    this.#baselineMs = this.#baselineMs === 0 ? medianMs : Math.min(medianMs, highestMs);
    const bearableMs = Math.max(swiftMs, this.#baselineMs * tolerance);
    return medianMs <= bearableMs ? 1 : Math.max(0.5, bearableMs / medianMs);
  }

  #forgetWindow(): void {
    this.#measured = 0;
    this.#results = 0;
    this.#overloads = 0;
    this.#mostInFlight = 0;
  }
}

/** Of the measurements, which are sorted by it. */
function median(values: Float64Array): number {
  return values.sort()[values.length >> 1] ?? 0;
}
