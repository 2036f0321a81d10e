import { inspectCertificate, isCertificateError } from '@eventing-kafka/certificates';

/** A service account, as a certificate names it (security.md 6.2). */
export interface SpiffeIdentity {
  /** `spiffe://<trust domain>/ns/<namespace>/sa/<account>`. */
  readonly id: string;
  readonly trustDomain: string;
  readonly namespace: string;
  readonly account: string;
}

const spiffeId = /^spiffe:\/\/([a-z0-9._-]{1,255})\/ns\/([a-z0-9-]{1,63})\/sa\/([a-z0-9.-]{1,253})$/u;

/** Reads an id; absent when it is not of a service account. */
export function parseSpiffeId(id: string): SpiffeIdentity | undefined {
  const [, trustDomain, namespace, account] = spiffeId.exec(id) ?? [];
  if (trustDomain === undefined || namespace === undefined || account === undefined) return undefined;
  return { id, trustDomain, namespace, account };
}

/**
 * Whom a certificate is of: its one URI among the alternative names. Two would leave open which of them counts; the common name and DNS
 * names say where something is, and not what it is.
 *
 * @returns the identity, or in words why there is none
 */
export function identityOf(certificate: Uint8Array | undefined): SpiffeIdentity | string {
  if (certificate === undefined) return 'it showed no certificate';
  try {
    const { uris } = inspectCertificate(certificate);
    const [id = ''] = uris;
    if (uris.length !== 1) return `its certificate has ${uris.length} URIs; expected exactly one`;
    return parseSpiffeId(id) ?? `its certificate is of ${JSON.stringify(id)}, which is no service account`;
  } catch (error) {
    if (isCertificateError(error)) return 'its certificate cannot be read';
    throw error;
  }
}
