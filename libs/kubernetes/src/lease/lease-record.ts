import type { KubernetesObject } from '../objects/kubernetes-object.ts';

/** What a Lease says. */
export interface LeaseRecord {
  /** Empty: nobody holds it. */
  readonly holder: string;
  readonly durationMs: number;
  readonly transitions: number;
  /** When it was acquired, RFC 3339 with microseconds; empty: it does not say. */
  readonly acquireTime: string;
  /** Of its last holder; 0: none of them counted. */
  readonly epoch: bigint;
}

interface LeaseSpec {
  readonly holderIdentity?: string | null;
  readonly leaseDurationSeconds?: number | null;
  readonly leaseTransitions?: number | null;
  readonly acquireTime?: string | null;
  readonly renewTime?: string | null;
}

const maxUint64 = (1n << 64n) - 1n;

/** Reads a Lease. What others wrote into it that makes no sense counts as absent. */
export function leaseRecord(lease: KubernetesObject, epochAnnotation: string): LeaseRecord {
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime } = (lease['spec'] ?? {}) as LeaseSpec;
  return {
    holder: holderIdentity ?? '',
    durationMs: (leaseDurationSeconds ?? 0) * 1000,
    transitions: leaseTransitions ?? 0,
    acquireTime: acquireTime ?? '',
    epoch: parseEpoch(lease.metadata.annotations?.[epochAnnotation]),
  };
}

/** The `spec` of a Lease for a record; renewed `now`, in milliseconds since 1970. */
export function leaseSpec(record: LeaseRecord, now: number): LeaseSpec {
  return {
    holderIdentity: record.holder,
    leaseDurationSeconds: Math.max(1, Math.ceil(record.durationMs / 1000)),
    leaseTransitions: record.transitions,
    acquireTime: record.acquireTime === '' ? microTime(now) : record.acquireTime,
    renewTime: microTime(now),
  };
}

/** The epoch of who acquires a Lease: above all earlier ones, and not below the clock, should the Lease have been deleted. */
export function nextEpoch(lastEpoch: bigint, now: number): bigint {
  const byClock = BigInt(Math.trunc(now));
  return lastEpoch + 1n > byClock ? lastEpoch + 1n : byClock;
}

/** A time in Kubernetes' `MicroTime`. */
export function microTime(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z');
}

function parseEpoch(text: string | undefined): bigint {
  if (text === undefined || !/^\d{1,20}$/.test(text)) return 0n;
  const epoch = BigInt(text);
  // The highest leaves no room for the next.
  return epoch < maxUint64 ? epoch : 0n;
}
