import { setTimeout as delay } from 'node:timers/promises';
import type { CertificateKeeper, WantedCertificates } from '@eventing-kafka/certificates';
import { deleteObject } from '@eventing-kafka/kubernetes';
import type { DataPlaneIdentities } from '@eventing-kafka/reconciler';
import type { ClusterParts } from './on-cluster.ts';
import type { ControllerSettings } from './config.ts';
import { namespacedCertificates } from './wanted-certificates.ts';

/** How long whoever asks is kept waiting; a keeper goes on trying. */
const timeoutMs = 5_000;

interface Kept {
  readonly keeper: Promise<CertificateKeeper>;
  readonly stop: AbortController;
}

/** Keeps certificates for the data planes of namespaces, for as long as there are any. */
export class NamespacedIdentities implements DataPlaneIdentities, AsyncDisposable {
  readonly #settings: ControllerSettings;
  readonly #parts: Pick<ClusterParts, 'client' | 'certificates'>;
  readonly #kept = new Map<string, Kept>();

  constructor(settings: ControllerSettings, parts: Pick<ClusterParts, 'client' | 'certificates'>) {
    this.#settings = settings;
    this.#parts = parts;
  }

  async provide(namespace: string): Promise<void> {
    const kept = this.#kept.get(namespace) ?? this.#keep(namespace);
    this.#kept.set(namespace, kept);
    if ((await inTime(kept.keeper)) !== undefined) return;
    throw new Error(`the certificates of the data plane could not be written within ${timeoutMs / 1000} s`);
  }

  async withdraw(namespace: string): Promise<void> {
    const kept = this.#kept.get(namespace);
    this.#kept.delete(namespace);
    if (kept !== undefined) await end(kept);
    for (const { secretName } of this.#wanted(namespace).leaves) {
      const [, name = ''] = secretName.split('/');
      await deleteObject(this.#parts.client, { apiVersion: 'v1', kind: 'Secret', namespace, name });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#kept.values()].map(end));
  }

  #keep(namespace: string): Kept {
    const stop = new AbortController();
    return { keeper: this.#parts.certificates(this.#wanted(namespace), stop.signal), stop };
  }

  #wanted(namespace: string): WantedCertificates {
    return namespacedCertificates(this.#settings, namespace);
  }
}

/** One that still tries gives up: while the API server is away it would for ever. What never came has been told by whoever waited for it. */
async function end({ keeper, stop }: Kept): Promise<void> {
  stop.abort();
  const kept = await keeper.catch(() => undefined);
  await kept?.[Symbol.asyncDispose]();
}

async function inTime(keeper: Promise<CertificateKeeper>): Promise<CertificateKeeper | undefined> {
  const done = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: done.signal });
  return Promise.race([keeper, late]).finally(() => done.abort());
}
