import { keyText, planSecretAccess, secretFinalizer } from '@eventing-kafka/resources';
import type { ClusterWriter, DataPlaneAccount, ResourceKey, ResourceSource } from '@eventing-kafka/resources';
import type { IngressEntry } from '../entries.ts';
import { KeyedLock } from '../queue/keyed-lock.ts';
import { pause } from '../queue/pause.ts';

/** What holding on to Secrets works with. */
export interface SecretUsesOptions {
  readonly source: Pick<ResourceSource, 'get' | 'pending'>;
  readonly cluster: ClusterWriter;
  /** The accounts of a data plane that read Secrets; an empty namespace is the shared data plane's. */
  readonly accounts: (dataPlaneNamespace: string) => readonly DataPlaneAccount[];
  /** Writes down at once, where a controller that starts later finds it, which Secrets an object holds. */
  readonly remember: (entry: IngressEntry) => Promise<void>;
}

/** How often and how long to look for a Secret that the source has not told of yet. */
const pendingPauseMs = 50;
const pendingTries = 100;

interface Use {
  /** Text of each object that uses the Secret, with the namespace of the data plane that serves it. */
  readonly users: Map<string, string>;
  /** Namespaces of the data planes that may read it by now. */
  granted: string;
}

/**
 * Secrets in use by Brokers and KafkaSinks: opened to the data plane, and those of Brokers kept from being deleted (control-plane 7.3.7).
 * What is held for an object is written into its status before it is done, so that it is let go of in every case (26 no. 10).
 */
export class SecretUses {
  readonly #options: SecretUsesOptions;
  readonly #uses = new Map<string, Use>();
  /** Nobody opens a Secret to the data plane while another closes it. */
  readonly #locks = new KeyedLock();

  constructor(options: SecretUsesOptions) {
    this.#options = options;
  }

  /** An object was met that holds Secrets from an earlier life, and is served by the data plane of this namespace. */
  adopt({ text, held }: IngressEntry, dataPlaneNamespace: string): void {
    for (const secret of held) this.#useOf(secret).users.set(text, dataPlaneNamespace);
  }

  /** An object begins to use a Secret. */
  hold(entry: IngressEntry, secret: ResourceKey, dataPlaneNamespace: string): Promise<void> {
    return this.#locks.run(keyText(secret), async () => {
      const { cluster, remember, source } = this.#options;
      this.#useOf(secret).users.set(entry.text, dataPlaneNamespace);
      if (!entry.held.some((held) => keyText(held) === keyText(secret))) {
        entry.held = [...entry.held, secret];
        await remember(entry);
      }
      const found = source.get('Secret', secret.namespace, secret.name);
      const finalizer = secretFinalizer(entry.uid);
      if (found !== undefined && entry.key.kind === 'Broker' && found.metadata.finalizers?.includes(finalizer) !== true)
        await cluster.addFinalizer(secret, found.metadata.uid, finalizer);
      await this.#grant(secret);
    });
  }

  /** An object lets go of all the Secrets it holds, but the one given. */
  async release(entry: IngressEntry, but: ResourceKey | undefined, signal: AbortSignal): Promise<void> {
    const kept = but === undefined ? '' : keyText(but);
    for (const secret of entry.held) {
      if (keyText(secret) === kept) continue;
      await this.#locks.run(keyText(secret), () => this.#release(entry, secret, signal));
      entry.held = entry.held.filter((held) => held !== secret);
    }
  }

  async #release(entry: IngressEntry, secret: ResourceKey, signal: AbortSignal): Promise<void> {
    const { cluster } = this.#options;
    if (entry.key.kind === 'Broker') {
      const uid = await this.#uidOf(secret, signal);
      if (uid !== undefined) await cluster.removeFinalizer(secret, uid, secretFinalizer(entry.uid));
    }
    const { users } = this.#useOf(secret);
    users.delete(entry.text);
    await this.#grant(secret);
  }

  /** Lets the data planes of those who use a Secret read it, and nobody else. */
  async #grant(secret: ResourceKey): Promise<void> {
    const { cluster, accounts } = this.#options;
    const use = this.#useOf(secret);
    // Who may run Pods in a namespace may read what its data plane may. Which Secrets an object held is had from its status, which others
    // may have written: no data plane of a namespace gets a Secret of another one, whatever that says.
    const namespaces = [...new Set(use.users.values())]
      .filter((namespace) => namespace === '' || namespace === secret.namespace)
      .toSorted();
    const wanted = namespaces.join();
    if (use.users.size > 0 && use.granted === wanted) return;
    const objects = planSecretAccess(secret, namespaces.flatMap(accounts));
    if (use.users.size > 0) {
      await cluster.apply(objects);
      use.granted = wanted;
      return;
    }
    for (const { apiVersion, kind, metadata } of objects.toReversed())
      await cluster.remove({ apiVersion, kind, namespace: secret.namespace, name: metadata.name });
    this.#uses.delete(keyText(secret));
  }

  /** A source that looks Secrets up when they are asked for may not know of one right after a restart. */
  async #uidOf({ namespace, name }: ResourceKey, signal: AbortSignal): Promise<string | undefined> {
    const { source } = this.#options;
    for (let tries = 0; tries < pendingTries && !signal.aborted; tries += 1) {
      const found = source.get('Secret', namespace, name);
      if (found !== undefined) return found.metadata.uid;
      if (source.pending?.('Secret', namespace, name) !== true) return undefined;
      await pause(pendingPauseMs, signal);
    }
    return undefined;
  }

  #useOf(secret: ResourceKey): Use {
    const text = keyText(secret);
    const use = this.#uses.get(text) ?? { users: new Map<string, string>(), granted: 'nobody' };
    this.#uses.set(text, use);
    return use;
  }
}
