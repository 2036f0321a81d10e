import { isDeepStrictEqual } from 'node:util';
import { dataPlaneNamespaceOf, dataPlaneOriginals, planNamespacedDataPlane } from '@eventing-kafka/resources';
import type {
  Broker,
  ClusterWriter,
  ObjectManifest,
  PlanningOptions,
  ResourceSource,
  ResourceView,
  ServedKey,
} from '@eventing-kafka/resources';
import type { IngressEntry } from '../entries.ts';
import { KeyedLock } from '../queue/keyed-lock.ts';
import { pause } from '../queue/pause.ts';

/** Brings about what the processes of a namespace's own data plane prove with who they are, such as certificates. */
export interface DataPlaneIdentities {
  /** Before the first of them starts, and again whenever it is looked after. */
  provide(namespace: string): Promise<void>;
  /** They are no longer wanted. */
  withdraw(namespace: string): Promise<void>;
}

/** What making data planes works with. */
export interface NamespacedDataPlanesOptions {
  readonly source: Pick<ResourceSource, 'get' | 'list'>;
  readonly cluster: ClusterWriter;
  readonly planning: PlanningOptions;
  /** How often to look whether what is copied is another by now, in milliseconds. */
  readonly pollMs: number;
  readonly identities: DataPlaneIdentities | undefined;
  readonly wake: (key: ServedKey) => void;
  readonly failed: (error: unknown) => void;
}

/** Namespaces whose copies are applied anew at one look, whether or not anything is known to have changed. */
const appliedAnewAtOnce = 20;

/**
 * The data planes of Brokers of class `KafkaNamespaced`: copies of the shared one in their namespaces, one for all Brokers of a namespace
 * (control-plane 8). What lies in the namespace goes with the last of its owners by itself; what lies in none is taken away here.
 */
export class NamespacedDataPlanes {
  readonly #options: NamespacedDataPlanesOptions;
  readonly #locks = new KeyedLock();
  /** By namespace; those that were applied longest ago come first. */
  readonly #applied = new Map<string, readonly ObjectManifest[]>();
  #originals: Promise<readonly ObjectManifest[]> | undefined;

  constructor(options: NamespacedDataPlanesOptions) {
    this.#options = options;
  }

  /** Brings the data plane of a Broker about; undefined: it has none of its own. */
  async ensure(broker: Broker, view: ResourceView): Promise<IngressEntry['dataPlane']> {
    if (!this.#isNamespaced(broker, view)) return undefined;
    const { namespace } = broker.metadata;
    try {
      const plan = await this.#locks.run(namespace, () => this.#apply(namespace, this.#owners(namespace)));
      return plan.ok ? { kind: 'ready' } : { kind: 'failed', message: plan.error };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: 'failed', message: `unable to apply dataplane manifest: ${why}` };
    }
  }

  /** A Broker is on its way out. With the last one of its namespace goes what lies in no namespace. */
  async leave(broker: Broker): Promise<void> {
    const { cluster, source } = this.#options;
    if (!this.#isNamespaced(broker, source)) return;
    const { namespace, uid } = broker.metadata;
    await this.#locks.run(namespace, async () => {
      const others = this.#owners(namespace).filter((other) => other.metadata.uid !== uid);
      if (others.length > 0) {
        await this.#apply(namespace, others);
        return;
      }
      const objects = this.#applied.get(namespace) ?? (await this.#plan(namespace, [broker]));
      for (const { apiVersion, kind, metadata } of objects)
        if (metadata.namespace === undefined) await cluster.remove({ apiVersion, kind, name: metadata.name });
      this.#applied.delete(namespace);
      await this.#options.identities?.withdraw(namespace);
    });
  }

  /**
   * Looks from time to time whether what is copied is another by now, and wakes the Brokers that have copies. Besides, copies are applied
   * anew in turn, some each time: who may write in the namespace may have changed them, or taken them away.
   */
  async follow(signal: AbortSignal): Promise<void> {
    const { pollMs, failed } = this.#options;
    while (await pause(pollMs, signal)) {
      if (this.#applied.size === 0) continue;
      const before = await this.#originals?.catch(() => undefined);
      this.#originals = this.#read();
      const now = await this.#originals.catch(failed);
      const namespaces = [...this.#applied.keys()];
      for (const namespace of namespaces.slice(0, appliedAnewAtOnce)) this.#applied.delete(namespace);
      for (const namespace of isDeepStrictEqual(before, now) ? namespaces.slice(0, appliedAnewAtOnce) : namespaces)
        this.#wakeOwners(namespace);
    }
  }

  #wakeOwners(namespace: string): void {
    for (const { metadata } of this.#owners(namespace))
      this.#options.wake({ kind: 'Broker', namespace, name: metadata.name });
  }

  async #apply(
    namespace: string,
    owners: readonly Broker[],
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly error: string }> {
    const plan = planNamespacedDataPlane(await this.#target(namespace), owners, await this.#current());
    if (!plan.ok) {
      // What is missing may be there by the next time.
      this.#originals = undefined;
      return plan;
    }
    await this.#options.identities?.provide(namespace);
    if (!isDeepStrictEqual(plan.value, this.#applied.get(namespace))) {
      await this.#options.cluster.apply(plan.value);
      this.#applied.delete(namespace);
      this.#applied.set(namespace, plan.value);
    }
    return { ok: true };
  }

  async #plan(namespace: string, owners: readonly Broker[]): Promise<readonly ObjectManifest[]> {
    const plan = planNamespacedDataPlane(await this.#target(namespace), owners, await this.#current());
    return plan.ok ? plan.value : [];
  }

  async #target(name: string): Promise<{ readonly name: string; readonly uid: string }> {
    const found = await this.#options.cluster.read({ apiVersion: 'v1', kind: 'Namespace', name });
    const metadata = found?.metadata as { readonly uid?: string } | undefined;
    return { name, uid: metadata?.uid ?? '' };
  }

  #current(): Promise<readonly ObjectManifest[]> {
    this.#originals ??= this.#read();
    const reading = this.#originals;
    reading.catch(() => {
      if (this.#originals === reading) this.#originals = undefined;
    });
    return reading;
  }

  async #read(): Promise<readonly ObjectManifest[]> {
    const { cluster, planning } = this.#options;
    const found: ObjectManifest[] = [];
    for (const { apiVersion, kind, name } of dataPlaneOriginals) {
      const original = await cluster.read({ apiVersion, kind, name, namespace: planning.systemNamespace });
      if (original !== undefined) found.push(original);
    }
    return found;
  }

  /** Those who own the data plane of a namespace: its Brokers that stay. */
  #owners(namespace: string): readonly Broker[] {
    const { source } = this.#options;
    return source
      .list('Broker')
      .filter(({ metadata }) => metadata.namespace === namespace && metadata.deletionTimestamp === undefined)
      .filter((broker) => this.#isNamespaced(broker, source));
  }

  #isNamespaced(broker: Broker, view: ResourceView): boolean {
    const { planning } = this.#options;
    return dataPlaneNamespaceOf(broker, planning.features(view), planning) !== '';
  }
}
