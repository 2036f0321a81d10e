/** What the Secret of an authority holds, and how it is written. */
import type { KeyPair } from './authority.ts';
import { bundle } from './bundle.ts';
import type { SecretData } from './certificate-plan.ts';
import { inspectCertificate, isKeyOf } from './inspect-certificate.ts';

/**
 * An authority through its replacement:
 *
 * ```
 *  current ──(two thirds of its life)──▶ current + next ──(every leaf Secret holds both)──▶ + distributedAt
 *                                                                                              │ distributionMs
 *  current ◀──(retireAt: what previous signed has expired)── previous + current ◀──(next becomes current)┘
 * ```
 */
export interface StoredAuthority {
  /** Signs leaves. */
  readonly current: KeyPair;
  /** Trusted, but signs nothing yet. */
  readonly next?: KeyPair;
  /** Since when all leaf Secrets hold `next`. */
  readonly distributedAt?: Date;
  /** Still trusted; its key is gone. */
  readonly previous?: { readonly certificate: string; readonly retireAt: Date };
}

/** Reads what can be used at `now`; absent when nothing can sign. A part that is garbage is passed over. */
export function readAuthority(data: SecretData | undefined, now: Date): StoredAuthority | undefined {
  if (data === undefined) return undefined;
  const current = usablePair(data['tls.crt'], data['tls.key'], now);
  const next = usablePair(data['next.crt'], data['next.key'], now);
  const distributedAt = dateOf(data['next.distributed-at']);
  // Without a current one, the next is better than one that nobody knows.
  if (current === undefined) return next === undefined ? undefined : { current: next };
  const previousCertificate = data['previous.crt'];
  const retireAt = dateOf(data['previous.retire-at']);
  return {
    current,
    ...(next === undefined ? {} : { next, ...(distributedAt === undefined ? {} : { distributedAt }) }),
    ...(retireAt === undefined || !isUsableAuthority(previousCertificate, now)
      ? {}
      : { previous: { certificate: previousCertificate, retireAt } }),
  };
}

/** The data of the Secret. */
export function authorityData(authority: StoredAuthority, now: Date): SecretData {
  const { current, next, distributedAt, previous } = authority;
  return {
    'tls.crt': current.certificate,
    'tls.key': current.privateKey,
    'ca.crt': trustedBundle(authority, now),
    ...(next === undefined ? {} : { 'next.crt': next.certificate, 'next.key': next.privateKey }),
    ...(distributedAt === undefined ? {} : { 'next.distributed-at': distributedAt.toISOString() }),
    ...(previous === undefined
      ? {}
      : { 'previous.crt': previous.certificate, 'previous.retire-at': previous.retireAt.toISOString() }),
  };
}

/** What `ca.crt` of every leaf should hold: the same text before and after the next becomes the current one. */
export function trustedBundle({ current, next, previous }: StoredAuthority, now: Date): string {
  const trusted = [previous?.certificate, current.certificate, next?.certificate];
  return bundle(
    trusted.filter((certificate) => certificate !== undefined),
    now,
  );
}

function usablePair(certificate: string | undefined, privateKey: string | undefined, now: Date): KeyPair | undefined {
  if (privateKey === undefined || !isUsableAuthority(certificate, now)) return undefined;
  return isKeyOf(certificate, privateKey) ? { certificate, privateKey } : undefined;
}

function isUsableAuthority(certificate: string | undefined, now: Date): certificate is string {
  if (certificate === undefined) return false;
  try {
    const { isAuthority, notAfter } = inspectCertificate(certificate);
    return isAuthority && notAfter > now;
  } catch {
    return false;
  }
}

function dateOf(text: string | undefined): Date | undefined {
  const date = new Date(text ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
