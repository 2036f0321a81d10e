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

  /** Gives back an event and all that was taken for it. */
  release(bytes: number): void {
    this.#requests -= 1;
    this.#bytes -= bytes;
  }
}
