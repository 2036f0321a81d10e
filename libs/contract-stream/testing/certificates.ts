import {
  createAuthority,
  fixedTlsMaterial,
  issueCertificate,
  type CertificateNames,
  type KeyPair,
  type TlsMaterial,
  type TlsMaterialSource,
} from '@eventing-kafka/certificates';
import type { AllowedPeers, StreamSecurity } from '../src/index.ts';

const hourMs = 3_600_000;

/** Accounts as a release has them. */
export const ids = {
  controller: 'spiffe://cluster.local/ns/eventing/sa/controller',
  receiver: 'spiffe://cluster.local/ns/eventing/sa/receiver',
  dispatcher: 'spiffe://cluster.local/ns/eventing/sa/dispatcher',
  /** Of a data plane that is a namespace's own. */
  tenant: 'spiffe://cluster.local/ns/shop/sa/dispatcher',
} as const;

export const peers: AllowedPeers = {
  controller: [ids.controller],
  receiver: [ids.receiver],
  dispatcher: [ids.dispatcher, 'spiffe://cluster.local/ns/{namespace}/sa/dispatcher'],
};

export function newAuthority(): Promise<KeyPair> {
  return createAuthority({ commonName: 'test', validForMs: 24 * hourMs, now: new Date(Date.now() - 12 * hourMs) });
}

/** A leaf for loopback; of the dispatcher, unless told otherwise. */
export async function leafOf(
  authority: KeyPair,
  names: CertificateNames & { readonly now?: Date } = {},
): Promise<TlsMaterial> {
  const { certificate, privateKey } = await issueCertificate(authority, {
    uris: [ids.dispatcher],
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
    usages: ['server', 'client'],
    validForMs: hourMs,
    now: new Date(),
    ...names,
  });
  return { ca: authority.certificate, cert: certificate, key: privateKey };
}

export function mutualTls(material: TlsMaterial | TlsMaterialSource, allowed: AllowedPeers = peers): StreamSecurity {
  const source = 'current' in material ? material : fixedTlsMaterial(material);
  return { kind: 'mutual-tls', material: source, peers: allowed };
}

/** Material that a test replaces. */
export class ChangingMaterial implements TlsMaterialSource {
  current: TlsMaterial;
  readonly #watchers = new Set<() => void>();

  constructor(material: TlsMaterial) {
    this.current = material;
  }

  watch(changed: () => void): () => void {
    const watcher = (): void => changed();
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  replace(material: TlsMaterial): void {
    this.current = material;
    for (const watcher of this.#watchers) watcher();
  }

  get watchers(): number {
    return this.#watchers.size;
  }
}
