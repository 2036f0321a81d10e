/**
 * What this library throws. The message names the thing and the remedy, in one line, and never holds a key. `code`:
 *
 * - `CERTIFICATE_INVALID`: what was given is no certificate, or no key, in PEM.
 * - `CERTIFICATE_UNUSABLE`: it can be read, but not served with: expired, of another key, without authority.
 * - `CERTIFICATE_LIFETIMES`: leaves are to live so long that their authority could not be replaced in time.
 * - `CERTIFICATE_KEEPER_CLOSED`: the keeper was stopped before there were certificates.
 */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
  readonly code: 'CERTIFICATE_INVALID' | 'CERTIFICATE_UNUSABLE' | 'CERTIFICATE_LIFETIMES' | 'CERTIFICATE_KEEPER_CLOSED';

  constructor(code: CertificateError['code'], message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Whether `error` is a `CertificateError`, of this or of another installed copy of the library. */
export function isCertificateError(error: unknown): error is CertificateError {
  return error instanceof Error && error.name === 'CertificateError' && 'code' in error;
}
