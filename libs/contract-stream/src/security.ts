import { checkServerIdentity, createSecureContext, type PeerCertificate } from 'node:tls';
import type { TlsMaterial, TlsMaterialSource } from '@eventing-kafka/certificates';
import type { Logger } from '@eventing-kafka/logging';
import { ChannelCredentials, ServerCredentials } from '@grpc/grpc-js';
import { isAllowedPeer, type AllowedPeers } from './allowed-peers.ts';
import { identityOf } from './spiffe-identity.ts';
import { UsableMaterial } from './usable-material.ts';

/**
 * How the two ends trust each other. `insecure` is for a single machine. With `mutual-tls` both show a certificate over TLS 1.3, and
 * each looks whether the other's is of somebody in `peers`; the client also checks that the server's certificate is made for the
 * host it connects to (security.md 6.2). New material is used by new connections; streams go on with what they began with.
 */
export type StreamSecurity =
  | { readonly kind: 'insecure' }
  | { readonly kind: 'mutual-tls'; readonly material: TlsMaterialSource; readonly peers: AllowedPeers };

const tlsVersion = { minVersion: 'TLSv1.3' } as const;

/** Of a client: what the next connection is made with. Disposing ends the watch of the material. */
export interface ClientSecurity extends Disposable {
  credentials(): ChannelCredentials;
}

/** @throws ContractStreamError `CONTRACT_STREAM_INVALID_SECURITY` */
export function openClientSecurity(security: StreamSecurity, logger: Logger): ClientSecurity {
  if (security.kind === 'insecure') {
    return { credentials: () => ChannelCredentials.createInsecure(), [Symbol.dispose]: () => undefined };
  }
  const material = new UsableMaterial(security.material, logger);
  const controllers = security.peers.controller;
  const verify = {
    checkServerIdentity: (host: string, peer: PeerCertificate) => notTheController(host, peer, controllers),
  };
  return {
    credentials: () =>
      ChannelCredentials.createFromSecureContext(createSecureContext({ ...material.current, ...tlsVersion }), verify),
    [Symbol.dispose]: () => material[Symbol.dispose](),
  };
}

/** Why a server is not talked to, if so. */
function notTheController(host: string, peer: PeerCertificate, allowed: readonly string[] = []): Error | undefined {
  const otherHost = checkServerIdentity(host, peer);
  if (otherHost !== undefined) return otherHost;
  const identity = identityOf(peer.raw);
  if (typeof identity === 'string') return new Error(`the server is not a controller: ${identity}`);
  if (isAllowedPeer(identity, allowed, '')) return undefined;
  return new Error(`the server is ${identity.id}, which is not among the allowed controllers: ${allowed.join(', ')}`);
}

/** Of a server: what it accepts connections with, now and later. Disposing ends the watch of the material. */
export interface ServerSecurity extends Disposable {
  readonly credentials: ServerCredentials;
}

/** @throws ContractStreamError `CONTRACT_STREAM_INVALID_SECURITY` */
export function openServerSecurity(security: StreamSecurity, logger: Logger): ServerSecurity {
  if (security.kind === 'insecure') {
    return { credentials: ServerCredentials.createInsecure(), [Symbol.dispose]: () => undefined };
  }
  const material = new UsableMaterial(security.material, logger, (replaced) => credentials.use(replaced));
  const credentials = new MutualTlsServerCredentials(material.current);
  return { credentials, [Symbol.dispose]: () => material[Symbol.dispose]() };
}

/** `ServerCredentials.createSsl`, and what gRPC has for certificates that change, leave no choice of the TLS version. */
class MutualTlsServerCredentials extends ServerCredentials {
  constructor(material: TlsMaterial) {
    super({ requestCert: true, rejectUnauthorized: true, ...tlsVersion }, { ...material });
  }

  /** The version is said again, because node's `setSecureContext` forgets what is not. */
  use(material: TlsMaterial): void {
    this.updateSecureContextOptions({ ...material, ...tlsVersion });
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}
