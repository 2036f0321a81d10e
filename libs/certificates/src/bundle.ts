import { inspectCertificate } from './inspect-certificate.ts';

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/gu;

/**
 * The certificates of all `pems` (each may hold several) as one PEM, in their order: each once, and none that is expired.
 *
 * @throws CertificateError `CERTIFICATE_INVALID`: what stands between the marks is no certificate
 */
export function bundle(pems: Iterable<string>, now: Date): string {
  const certificates = new Map<string, string>();
  for (const pem of pems) {
    for (const certificate of splitBundle(pem)) {
      const { fingerprint, notAfter } = inspectCertificate(certificate);
      if (notAfter > now) certificates.set(fingerprint, certificate);
    }
  }
  return [...certificates.values()].map((certificate) => `${certificate}\n`).join('');
}

/** The certificates in a PEM, one by one; what stands around them is left out. */
export function splitBundle(pem: string): readonly string[] {
  return pem.match(pemCertificate) ?? [];
}
