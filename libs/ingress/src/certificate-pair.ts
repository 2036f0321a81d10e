import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';

/** A certificate chain and its key, PEM. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/**
 * The pair of a folder as Kubernetes mounts a Secret of type kubernetes.io/tls: `tls.crt` and `tls.key`. Undefined when one of them is not there.
 * Rejects when one cannot be read.
 */
export async function readPair(directory: string): Promise<CertificatePair | undefined> {
  try {
    // A volume's content is behind one link that is swapped: read through it, both files are of one content.
    const folder = await realpath(join(directory, '..data')).catch(() => directory);
    const [cert, key] = await Promise.all([
      readFile(join(folder, 'tls.crt'), 'utf8'),
      readFile(join(folder, 'tls.key'), 'utf8'),
    ]);
    return { cert, key };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** When a pair ends, or why it cannot be served. */
export type PairCheck =
  { readonly kind: 'usable'; readonly expiresAtMs: number } | { readonly kind: 'unusable'; readonly why: string };

/** Whether a pair can be served at `nowMs`: both parse, the key is that of the certificate, and it is not over (security.md 2.3). */
export function checkPair({ cert, key }: CertificatePair, nowMs: number): PairCheck {
  const unusable = (why: string): PairCheck => ({ kind: 'unusable', why });
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch {
    return unusable('tls.crt is not a certificate in PEM');
  }
  try {
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return unusable('tls.key does not belong to tls.crt');
  } catch {
    return unusable('tls.key is not a private key in PEM without a passphrase');
  }
  const expiresAtMs = certificate.validToDate.getTime();
  if (expiresAtMs <= nowMs) return unusable(`tls.crt expired at ${certificate.validToDate.toISOString()}`);
  return { kind: 'usable', expiresAtMs };
}
