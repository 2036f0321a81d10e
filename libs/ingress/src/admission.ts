/** Counts the events on their way, and says when there are enough of them. */
export class Admission {
  readonly #maxRequests: number;
  readonly #maxBytes: number;
  #requests = 0;
  #bytes = 0;

  constructor(limits: { readonly maxInFlightRequests: number; readonly maxInFlightBytes: number }) {
    this.#maxRequests = limits.maxInFlightRequests;
    this.#maxBytes = limits.maxInFlightBytes;
  }

  get requests(): number {
    return this.#requests;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes one more event of `bytes`, or answers false and takes nothing. */
  admit(bytes: number): boolean {
    if (this.#requests >= this.#maxRequests || this.#bytes + bytes > this.#maxBytes) return false;
    this.#requests += 1;
    this.#bytes += bytes;
    return true;
  }

  /** Takes `bytes` more for an event that is in, or answers false and takes nothing. */
  grow(bytes: number): boolean {
    if (this.#bytes + bytes > this.#maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Takes `events` more that came with one that is in, or answers false and takes nothing. */
  admitMore(events: number): boolean {
    if (this.#requests + events > this.#maxRequests) return false;
    this.#requests += events;
    return true;
  }

  /** Gives back `events` that came in one request, and all that was taken for them. */
  release(bytes: number, events = 1): void {
    this.#requests -= events;
    this.#bytes -= bytes;
  }
}
