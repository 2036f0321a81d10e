// The decorators of `@peculiar/x509` need it, and it must come first.
import 'reflect-metadata';
import type { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type JsonGeneralName,
} from '@peculiar/x509';
import { CertificateError } from './certificate-error.ts';

/** A certificate and its key. */
export interface KeyPair {
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS#8. */
  readonly privateKey: string;
}

/** What a certificate may be shown as. */
export type CertificateUsage = 'server' | 'client';

/** Whom a certificate is for. */
export interface CertificateNames {
  /** SPIFFE ids, for instance. */
  readonly uris?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** Certificates are valid since a little before they were made, for peers whose clock is behind. */
export const backDatedMs = 5 * 60_000;

/**
 * Makes an authority that signs itself: ECDSA on P-256, allowed to sign leaves and nothing below them.
 *
 * @param options `validForMs`: from `now`; it is valid since 5 minutes before
 */
export async function createAuthority({
  commonName,
  validForMs,
  now,
}: {
  readonly commonName: string;
  readonly validForMs: number;
  readonly now: Date;
}): Promise<KeyPair> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    keys,
    serialNumber: newSerialNumber(),
    notBefore: new Date(now.getTime() - backDatedMs),
    notAfter: new Date(now.getTime() + validForMs),
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemOf(certificate), privateKey: await privateKeyPem(keys.privateKey) };
}

/**
 * Issues a certificate with a key of its own. It has no subject: whom it is for is in its alternative names alone.
 *
 * @param options `validForMs`: from `now`, but never longer than the authority; it is valid since 5 minutes before
 * @throws CertificateError `CERTIFICATE_INVALID`: the authority is no certificate and key in PEM
 */
export async function issueCertificate(
  authority: KeyPair,
  {
    uris = [],
    dnsNames = [],
    ipAddresses = [],
    usages,
    validForMs,
    now,
  }: CertificateNames & {
    readonly usages: readonly CertificateUsage[];
    readonly validForMs: number;
    readonly now: Date;
  },
): Promise<KeyPair> {
  const { issuer, signingKey } = await openAuthority(authority);
  const keys = await newKeys();
  const names: JsonGeneralName[] = [
    ...uris.map((value) => ({ type: 'url' as const, value })),
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
  const certificate = await X509CertificateGenerator.create({
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey,
    serialNumber: newSerialNumber(),
    notBefore: new Date(Math.max(issuer.notBefore.getTime(), now.getTime() - backDatedMs)),
    notAfter: new Date(Math.min(issuer.notAfter.getTime(), now.getTime() + validForMs)),
    signingAlgorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(usages.map((usage) => usageOids[usage])),
      // Critical, because there is no subject (RFC 5280, 4.2.1.6).
      new SubjectAlternativeNameExtension(names, true),
      await AuthorityKeyIdentifierExtension.create(issuer),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pemOf(certificate), privateKey: await privateKeyPem(keys.privateKey) };
}

const usageOids = { server: ExtendedKeyUsage.serverAuth, client: ExtendedKeyUsage.clientAuth } as const;

async function openAuthority({
  certificate,
  privateKey,
}: KeyPair): Promise<{ issuer: X509Certificate; signingKey: webcrypto.CryptoKey }> {
  try {
    const issuer = new X509Certificate(certificate);
    const key = PemConverter.decodeFirst(privateKey);
    return { issuer, signingKey: await crypto.subtle.importKey('pkcs8', key, keyAlgorithm, false, ['sign']) };
  } catch (cause) {
    throw new CertificateError(
      'CERTIFICATE_INVALID',
      'The authority cannot be read; give its certificate and its key (ECDSA P-256, PKCS#8) in PEM',
      { cause },
    );
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
}

/** 16 random bytes, in hexadecimal; positive and without a leading zero, as DER wants it. */
function newSerialNumber(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

function pemOf(certificate: X509Certificate): string {
  return `${certificate.toString('pem')}\n`;
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}
