import type { CertificateNames, CertificateUsage } from './authority.ts';
import { CertificateError } from './certificate-error.ts';

/** The certificates that one keeper cares for: one authority, and leaves that trust each other because it signed them. */
export interface WantedCertificates {
  readonly authority: {
    /** Secret with the authority's key. Nobody but the keeper needs to read it. */
    readonly secretName: string;
    readonly commonName: string;
    /** Of a new one. One year when absent. */
    readonly validForMs?: number;
  };
  readonly leaves: readonly WantedLeaf[];
  /**
   * How long after a Secret was written the last process that uses it has read it: the kubelet's sync period, its cache, and the
   * interval of the process itself. A new authority signs nothing before that. 10 minutes when absent.
   */
  readonly distributionMs?: number;
}

/** One Secret with `tls.crt`, `tls.key` and `ca.crt`. */
export interface WantedLeaf extends CertificateNames {
  readonly secretName: string;
  readonly usages: readonly CertificateUsage[];
  /** Of a new one. 24 hours when absent (security.md 6.2: not more). */
  readonly validForMs?: number;
}

const dayMs = 24 * 3_600_000;

/** How long a new authority is valid. */
export function authorityValidForMs({ authority }: WantedCertificates): number {
  return authority.validForMs ?? 365 * dayMs;
}

/** How long a new leaf is valid. */
export function leafValidForMs({ validForMs = dayMs }: WantedLeaf): number {
  return validForMs;
}

/** The longest life of a leaf. */
export function longestLeafMs({ leaves }: WantedCertificates): number {
  return Math.max(0, ...leaves.map(leafValidForMs));
}

/** See {@link WantedCertificates.distributionMs}. */
export function distributionMsOf({ distributionMs = 10 * 60_000 }: WantedCertificates): number {
  return distributionMs;
}

/**
 * An authority is replaced in the last third of its life: the next one is made known, and what the old one signed runs out.
 *
 * @throws CertificateError `CERTIFICATE_LIFETIMES`: that third is too short
 */
export function checkLifetimes(wanted: WantedCertificates): void {
  const thirdMs = authorityValidForMs(wanted) / 3;
  const neededMs = distributionMsOf(wanted) + longestLeafMs(wanted);
  if (neededMs <= thirdMs) return;
  throw new CertificateError(
    'CERTIFICATE_LIFETIMES',
    `An authority of ${authorityValidForMs(wanted)} ms cannot be replaced in time: distribution and the longest leaf take ` +
      `${neededMs} ms, more than a third of it; let it live longer, or the leaves shorter`,
  );
}
