const triesAfterWakeUp = 3;
const retryMs = 1;
const unwatchedMs = 10;
const idleMs = 500;

/**
 * Decides when to call a producer's `poll()`, without which JavaScript sees no delivery report.
 *
 * librdkafka's network thread logs a line when a batch was acknowledged, and log lines reach the event loop by themselves.
 * Such a line is our wake-up: the report follows it within microseconds. Polling in a loop while something is in flight has
 * the same latency, but takes a whole core, and the network thread's time with it; polling by a timer caps the rate.
 *
 * ```
 *  nothing in flight ── poll every 500 ms, for events          (the timer holds no process alive)
 *  in flight ────────── poll every 10 ms, for reports without a line: local time-outs
 *  wake-up ──────────── poll in the next three turns of the loop, then every millisecond until a report came
 * ```
 */
export class DeliveryPoll {
  readonly #poll: () => void;
  readonly #inFlight: () => number;
  #timer: NodeJS.Timeout | undefined;
  #timerMs = 0;
  #immediate: NodeJS.Immediate | undefined;
  #triesLeft = 0;
  #expecting = false;
  #stopped = false;

  constructor(poll: () => void, inFlight: () => number) {
    this.#poll = poll;
    this.#inFlight = inFlight;
  }

  /** Something was sent, or the poll begins its life. */
  watch(): void {
    const wanted = this.#inFlight() > 0 ? unwatchedMs : idleMs;
    if (this.#timer === undefined || this.#timerMs > wanted) this.#arm(wanted);
  }

  /** A batch was acknowledged: its reports are there, or about to be. */
  wakeUp(): void {
    if (this.#stopped) return;
    this.#expecting = true;
    this.#triesLeft = triesAfterWakeUp;
    this.#immediate ??= setImmediate(this.#turn);
  }

  /** A report came. */
  reported(): void {
    this.#expecting = false;
  }

  /** Ends it. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  readonly #turn = (): void => {
    this.#immediate = undefined;
    if (this.#stopped) return;
    this.#poll();
    this.#triesLeft -= 1;
    if (this.#triesLeft > 0) this.#immediate = setImmediate(this.#turn);
    else if (this.#expecting && this.#inFlight() > 0) this.#arm(retryMs);
  };

  #arm(ms: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timerMs = ms;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#poll();
      if (this.#inFlight() === 0) this.#arm(idleMs);
      else this.#arm(this.#expecting ? retryMs : unwatchedMs);
    }, ms);
    if (ms === idleMs) this.#timer.unref();
  }
}
