import { setTimeout as delay } from 'node:timers/promises';
import type { CertificateKeeper, WantedCertificates } from '@eventing-kafka/certificates';
import { deleteObject } from '@eventing-kafka/kubernetes';
import type { DataPlaneIdentities } from '@eventing-kafka/reconciler';
import type { ClusterParts } from './on-cluster.ts';
import type { ControllerSettings } from './config.ts';
import { namespacedCertificates } from './wanted-certificates.ts';

/** How long whoever asks is kept waiting; a keeper goes on trying. */
const timeoutMs = 5_000;

/** Keeps certificates for the data planes of namespaces, for as long as there are any. */
export class NamespacedIdentities implements DataPlaneIdentities, AsyncDisposable {
  readonly #settings: ControllerSettings;
  readonly #parts: Pick<ClusterParts, 'client' | 'certificates'>;
  readonly #keepers = new Map<string, Promise<CertificateKeeper>>();

  constructor(settings: ControllerSettings, parts: Pick<ClusterParts, 'client' | 'certificates'>) {
    this.#settings = settings;
    this.#parts = parts;
  }

  async provide(namespace: string): Promise<void> {
    const keeper = this.#keepers.get(namespace) ?? this.#parts.certificates(this.#wanted(namespace));
    this.#keepers.set(namespace, keeper);
    if ((await inTime(keeper)) !== undefined) return;
    throw new Error(`the certificates of the data plane could not be written within ${timeoutMs / 1000} s`);
  }

  async withdraw(namespace: string): Promise<void> {
    const keeper = this.#keepers.get(namespace);
    this.#keepers.delete(namespace);
    if (keeper !== undefined) await (await inTime(keeper))?.[Symbol.asyncDispose]();
    for (const { secretName } of this.#wanted(namespace).leaves) {
      const [, name = ''] = secretName.split('/');
      await deleteObject(this.#parts.client, { apiVersion: 'v1', kind: 'Secret', namespace, name });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What never came has been told by whoever waited for it.
    for (const kept of await Promise.allSettled(this.#keepers.values()))
      if (kept.status === 'fulfilled') await kept.value[Symbol.asyncDispose]();
  }

  #wanted(namespace: string): WantedCertificates {
    return namespacedCertificates(this.#settings, namespace);
  }
}

async function inTime(keeper: Promise<CertificateKeeper>): Promise<CertificateKeeper | undefined> {
  const done = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: done.signal });
  return Promise.race([keeper, late]).finally(() => done.abort());
}
