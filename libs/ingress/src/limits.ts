import type { AdmissionLimits } from './admission.ts';
import { IngressError } from './ingress-error.ts';

/** What one ingress takes at most. All are per process; a limit that is reached is answered, never waited for. */
export interface IngressLimits {
  /** Bytes of a request line without its line end; a longer one is answered 414. */
  readonly maxRequestLineBytes: number;
  /** Bytes of all header lines together; more is answered 431. Large extension sets in binary mode count here. */
  readonly maxHeaderBytes: number;
  /** Bytes of a request body; more is answered 413 before it is read. What Kafka takes of a record is a limit of its own. */
  readonly maxBodyBytes: number;
  /** Events of one batch; more is answered 413, and nothing of it produced. At most `maxInFlightRequests`. */
  readonly maxBatchEvents: number;
  /** Events read or produced at one time; one more is answered 503 at once. */
  readonly maxInFlightRequests: number;
  /** Bytes of their bodies together; what would exceed them is answered 503 at once. At least `maxBodyBytes`. */
  readonly maxInFlightBytes: number;
  /** Of these two, what one ingress may take, in percent up to 100; more is answered 429 at once, and leaves the rest to others. */
  readonly ingressSharePercent: number;
  /** Open connections; one more is closed as it comes. */
  readonly maxConnections: number;
  /** Milliseconds for a request to arrive whole, from its first byte; then 408. */
  readonly requestTimeoutMs: number;
  /** Milliseconds from handing an event to Kafka to the answer; then 503. */
  readonly produceTimeoutMs: number;
  /** Milliseconds a connection may be idle between two requests; 0: for ever. */
  readonly idleTimeoutMs: number;
  /** Milliseconds that go on as before, but not ready, when a stop begins: until no balancer sends requests here any more. */
  readonly drainDelayMs: number;
  /** Milliseconds after `drainDelayMs` for what was accepted to be answered; then the rest is answered 503. */
  readonly drainTimeoutMs: number;
}

/** The limits of an ingress that is given none. The body limit leaves room for a record of 1 MiB in base64. */
export const defaultIngressLimits: IngressLimits = Object.freeze({
  maxRequestLineBytes: 4096,
  maxHeaderBytes: 8192,
  maxBodyBytes: 1_572_864,
  maxBatchEvents: 1000,
  maxInFlightRequests: 10_000,
  maxInFlightBytes: 67_108_864,
  ingressSharePercent: 50,
  maxConnections: 20_000,
  requestTimeoutMs: 30_000,
  produceTimeoutMs: 10_000,
  idleTimeoutMs: 600_000,
  drainDelayMs: 0,
  drainTimeoutMs: 15_000,
});

const mayBeZero: ReadonlySet<string> = new Set<keyof IngressLimits>([
  'idleTimeoutMs',
  'drainDelayMs',
  'drainTimeoutMs',
]);

/** `limits` over the defaults. Throws {@link IngressError} `INGRESS_INVALID_LIMIT` naming the first that makes no sense. */
export function completeLimits(limits: Partial<IngressLimits> = {}): IngressLimits {
  const complete: IngressLimits = { ...defaultIngressLimits, ...limits };
  for (const [name, value] of Object.entries(complete) as [string, number][]) {
    const least = mayBeZero.has(name) ? 0 : 1;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new IngressError(
        'INGRESS_INVALID_LIMIT',
        `The limit ${name} is ${value}; give an integer of at least ${least}.`,
      );
    }
  }
  if (complete.ingressSharePercent > 100) {
    throw new IngressError(
      'INGRESS_INVALID_LIMIT',
      `The limit ingressSharePercent is ${complete.ingressSharePercent}; give at most 100.`,
    );
  }
  if (complete.maxInFlightBytes < complete.maxBodyBytes) {
    const message = `The limit maxInFlightBytes (${complete.maxInFlightBytes}) is below maxBodyBytes (${complete.maxBodyBytes}), so no event of that size could be accepted; raise it.`;
    throw new IngressError('INGRESS_INVALID_LIMIT', message);
  }
  return { ...complete, maxBatchEvents: Math.min(complete.maxBatchEvents, complete.maxInFlightRequests) };
}

/** What one ingress may have on its way: its share, but at least one event of any size. */
export function ingressShare(limits: IngressLimits): AdmissionLimits {
  const share = limits.ingressSharePercent / 100;
  return {
    maxInFlightRequests: Math.ceil(limits.maxInFlightRequests * share),
    maxInFlightBytes: Math.max(limits.maxBodyBytes, Math.ceil(limits.maxInFlightBytes * share)),
  };
}
