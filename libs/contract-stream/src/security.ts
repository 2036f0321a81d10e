import { createSecureContext } from 'node:tls';
import { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';
import { ContractStreamError } from './errors.ts';

/**
 * How the two ends trust each other. `insecure` is for a single machine. With `mutual-tls` both show a certificate of `ca` over
 * TLS 1.3, and the client also checks that the server's certificate is made for the host it connects to (security.md 6.2).
 */
export type StreamSecurity =
  | { readonly kind: 'insecure' }
  | {
      readonly kind: 'mutual-tls';
      /** PEM: who may have signed the other end's certificate. */
      readonly ca: string;
      /** PEM: own certificate, followed by intermediates. */
      readonly cert: string;
      /** PEM: key of `cert`. */
      readonly key: string;
    };

/** @throws ContractStreamError `CONTRACT_STREAM_INVALID_SECURITY` */
export function channelCredentials(security: StreamSecurity): ChannelCredentials {
  if (security.kind === 'insecure') return ChannelCredentials.createInsecure();
  return ChannelCredentials.createFromSecureContext(secureContext(security));
}

/** @throws ContractStreamError `CONTRACT_STREAM_INVALID_SECURITY` */
export function serverCredentials(security: StreamSecurity): ServerCredentials {
  if (security.kind === 'insecure') return ServerCredentials.createInsecure();
  // Made once to have bad material refused here and not at the first handshake.
  secureContext(security);
  return new MutualTlsServerCredentials(security);
}

type MutualTls = Extract<StreamSecurity, { kind: 'mutual-tls' }>;

function secureContext({ ca, cert, key }: MutualTls): ReturnType<typeof createSecureContext> {
  if (ca.trim() === '' || cert.trim() === '' || key.trim() === '') {
    throw new ContractStreamError(
      'CONTRACT_STREAM_INVALID_SECURITY',
      'Mutual TLS needs a CA, a certificate and a key, and one is empty',
    );
  }
  try {
    return createSecureContext({ ca, cert, key, minVersion: 'TLSv1.3' });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ContractStreamError(
      'CONTRACT_STREAM_INVALID_SECURITY',
      `The certificates for mutual TLS cannot be used (${why}); give PEM, and the key that belongs to the certificate`,
      { cause },
    );
  }
}

/** `ServerCredentials.createSsl` leaves no choice of the TLS version. */
class MutualTlsServerCredentials extends ServerCredentials {
  constructor({ ca, cert, key }: MutualTls) {
    super({ requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' }, { ca, cert, key });
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}
