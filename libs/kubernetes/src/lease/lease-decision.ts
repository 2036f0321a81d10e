import { microTime, nextEpoch } from './lease-record.ts';
import type { LeaseRecord } from './lease-record.ts';

/** What a candidate knows. */
export interface LeaseSituation {
  /** What the Lease says; undefined: there is none. */
  readonly lease: LeaseRecord | undefined;
  /** For how long it has been saying exactly this, by our own monotonic clock: clocks of others do not matter. */
  readonly unchangedForMs: number;
  readonly identity: string;
  readonly leaseDurationMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What a candidate does: write this record over the version it saw, or look again. */
export type LeaseDecision =
  | { readonly kind: 'acquire'; readonly record: LeaseRecord }
  | { readonly kind: 'wait'; readonly holder: string; readonly forMs: number };

/**
 * Whether a candidate may take a Lease: when there is none, when it was released, when it is its own from before, or when its holder has
 * not renewed it for as long as it said it would.
 */
export function decideLease({ lease, unchangedForMs, identity, leaseDurationMs, now }: LeaseSituation): LeaseDecision {
  if (lease !== undefined && lease.holder !== '' && lease.holder !== identity) {
    const forMs = lease.durationMs - unchangedForMs;
    if (forMs > 0) return { kind: 'wait', holder: lease.holder, forMs };
  }
  return {
    kind: 'acquire',
    record: {
      holder: identity,
      durationMs: leaseDurationMs,
      transitions: lease === undefined ? 0 : lease.transitions + 1,
      acquireTime: microTime(now),
      epoch: nextEpoch(lease?.epoch ?? 0n, now),
    },
  };
}
