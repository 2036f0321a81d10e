import { splitBundle } from './bundle.ts';
import { CertificateError } from './certificate-error.ts';
import { inspectCertificate, isKeyOf } from './inspect-certificate.ts';

/** What one end of mutual TLS needs, in PEM. */
export interface TlsMaterial {
  /** Who may have signed the other end's certificate; may hold several. */
  readonly ca: string;
  /** Own certificate, followed by intermediates. */
  readonly cert: string;
  /** Key of `cert`. */
  readonly key: string;
}

/** Material that is replaced now and then, without those who use it being started anew. */
export interface TlsMaterialSource {
  /** What to use now. */
  readonly current: TlsMaterial;
  /**
   * Calls `changed` after each change of `current`, and `failed` when looking for a change did not work, until what it
   * returns is called. A source that has to look does so only while somebody watches.
   */
  watch(changed: () => void, failed?: (error: unknown) => void): () => void;
}

/** A source that never changes. */
export function fixedTlsMaterial(material: TlsMaterial): TlsMaterialSource {
  return { current: material, watch: () => () => undefined };
}

/**
 * Whether material can be served with at `now`.
 *
 * @throws CertificateError `CERTIFICATE_INVALID` or `CERTIFICATE_UNUSABLE`, saying why not
 */
export function checkTlsMaterial({ ca, cert, key }: TlsMaterial, now: Date): void {
  const authorities = splitBundle(ca);
  if (authorities.length === 0) {
    throw new CertificateError('CERTIFICATE_INVALID', 'There is no CA certificate; give at least one in PEM');
  }
  for (const authority of authorities) inspectCertificate(authority);
  const { notAfter } = inspectCertificate(cert);
  if (notAfter <= now) {
    throw new CertificateError(
      'CERTIFICATE_UNUSABLE',
      `The certificate expired at ${notAfter.toISOString()}; have it renewed, or check this machine's clock`,
    );
  }
  if (!isKeyOf(cert, key)) {
    throw new CertificateError(
      'CERTIFICATE_UNUSABLE',
      'The key does not belong to the certificate, or is no key in PEM; give both of the same issue',
    );
  }
}
