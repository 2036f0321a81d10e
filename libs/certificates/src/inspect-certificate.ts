import 'reflect-metadata';
import { createHash, createPrivateKey, X509Certificate as NodeCertificate } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
} from '@peculiar/x509';
import type { CertificateUsage } from './authority.ts';
import { CertificateError } from './certificate-error.ts';

/** What a certificate says. */
export interface CertificateInfo {
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
  /** In the order in which the certificate has them, as are the next two. */
  readonly uris: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly usages: readonly CertificateUsage[];
  /** Whether it may sign others. */
  readonly isAuthority: boolean;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** SHA-256 of the whole, in hexadecimal. */
  readonly fingerprint: string;
}

/**
 * Reads a certificate; of several in PEM the first.
 *
 * @param certificate PEM, or DER as bytes
 * @throws CertificateError `CERTIFICATE_INVALID`
 */
export function inspectCertificate(certificate: string | Uint8Array): CertificateInfo {
  const read = readCertificate(certificate);
  const names = read.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  const named = (type: string): readonly string[] =>
    names.filter((name) => name.type === type).map(({ value }) => value);
  const usages = read.getExtension(ExtendedKeyUsageExtension)?.usages ?? [];
  return {
    subject: read.subject,
    issuer: read.issuer,
    serialNumber: read.serialNumber,
    uris: named('url'),
    dnsNames: named('dns'),
    ipAddresses: named('ip'),
    usages: [
      ...(usages.includes(ExtendedKeyUsage.serverAuth) ? ['server' as const] : []),
      ...(usages.includes(ExtendedKeyUsage.clientAuth) ? ['client' as const] : []),
    ],
    isAuthority: read.getExtension(BasicConstraintsExtension)?.ca ?? false,
    notBefore: read.notBefore,
    notAfter: read.notAfter,
    fingerprint: createHash('sha256').update(new Uint8Array(read.rawData)).digest('hex'),
  };
}

function readCertificate(certificate: string | Uint8Array): X509Certificate {
  try {
    return new X509Certificate(typeof certificate === 'string' ? certificate : new Uint8Array(certificate));
  } catch (cause) {
    throw new CertificateError('CERTIFICATE_INVALID', 'This is no certificate; give one in PEM', { cause });
  }
}

/**
 * When a certificate should be replaced: after a part of its life.
 *
 * @param fraction from 0 to 1; two thirds when absent
 */
export function renewalDueAt(
  { notBefore, notAfter }: Pick<CertificateInfo, 'notBefore' | 'notAfter'>,
  fraction = 2 / 3,
): Date {
  return new Date(notBefore.getTime() + fraction * (notAfter.getTime() - notBefore.getTime()));
}

/** Whether `privateKey` (PEM) is that of `certificate` (PEM). False also when one of them cannot be read. */
export function isKeyOf(certificate: string, privateKey: string): boolean {
  try {
    return new NodeCertificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
  } catch {
    return false;
  }
}

/** Whether `authority` (PEM) has signed `certificate` (PEM), whatever the time. False also when one of them cannot be read. */
export function isIssuedBy(certificate: string, authority: string): boolean {
  try {
    const issued = new NodeCertificate(certificate);
    const issuer = new NodeCertificate(authority);
    return issuer.ca && issued.checkIssued(issuer) && issued.verify(issuer.publicKey);
  } catch {
    return false;
  }
}
