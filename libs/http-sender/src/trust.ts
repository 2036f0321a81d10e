import { X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/**
 * A TLS context that trusts the platform's roots and the certificates in `caPem`. Certificates that cannot be parsed are left
 * out and reported: one bad bundle must not cut off what the others make reachable. Costs some milliseconds, so make it once
 * for each origin rather than for each connection.
 */
export function trustingContext(caPem: string, onUnusable: (message: string) => void): SecureContext {
  return createSecureContext({ ca: [...getCACertificates('default'), ...usableCertificates(caPem, onUnusable)] });
}

function usableCertificates(caPem: string, onUnusable: (message: string) => void): string[] {
  const blocks = caPem.match(certificateBlock) ?? [];
  if (blocks.length === 0)
    onUnusable(
      'no certificate found in the CA certificates: PEM blocks BEGIN CERTIFICATE … END CERTIFICATE are needed',
    );
  return blocks.filter((block, index) => {
    try {
      return new X509Certificate(block).subject !== '';
    } catch (error) {
      onUnusable(
        `CA certificate ${index + 1} of ${blocks.length} is left out: ${error instanceof Error ? error.message : String(error)}`,
      );
      return false;
    }
  });
}
