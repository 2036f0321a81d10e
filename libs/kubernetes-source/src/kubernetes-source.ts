import { startEventRecorder, watchObjects } from '@eventing-kafka/kubernetes';
import type {
  EventRecorder,
  KubernetesClient,
  KubernetesObject,
  ObjectChange,
  ObjectWatch,
} from '@eventing-kafka/kubernetes';
import type { Logger } from '@eventing-kafka/logging';
import { foreignKey, isServedKey, keyText, ResourceCache } from '@eventing-kafka/resources';
import type { ResourceKind, ResourceSource, SourceProblem } from '@eventing-kafka/resources';
import { KubernetesWriter } from './cluster-writer.ts';
import { informers } from './informers.ts';
import type { Informer } from './informers.ts';
import { lookupTarget } from './lookup-target.ts';
import { Lookups } from './lookups.ts';
import type { KnownNow } from './lookups.ts';
import { existenceOf, isSameButVersion, readForeignObject, readKnownObject } from './object-reader.ts';
import { expectedProcessOf, Roster } from './roster.ts';
import type { RunningKubernetesSource } from './start-kubernetes-source.ts';
import { Statuses } from './statuses.ts';

/** Options with their defaults. */
interface KubernetesSourceSettings {
  readonly client: KubernetesClient;
  readonly logger: Logger;
  readonly systemNamespace: string;
  readonly fieldManager: string;
  readonly component: string;
  readonly instance: string;
  readonly maxLookups: number;
  readonly lookupIdleMs: number;
}

/** How long those who may need an object have to look at it again, in milliseconds; no longer than it was left alone. */
const lookupGraceMs = 120_000;

/** What `startKubernetesSource` gives. */
export class KubernetesSource implements RunningKubernetesSource {
  readonly roster = new Roster();
  readonly cluster: KubernetesWriter;
  readonly #settings: KubernetesSourceSettings;
  readonly #cache = new ResourceCache();
  readonly #statuses: Statuses;
  readonly #problems = new Map<string, readonly SourceProblem[]>();
  readonly #recorder: EventRecorder;
  readonly #lookups: Lookups;
  readonly #watches: readonly { readonly informer: Informer; readonly watch: ObjectWatch; isSynced: boolean }[];
  /** ConfigMaps that are there for their label, whether or not they are looked up by name. */
  readonly #trustBundles = new Set<string>();

  constructor(settings: KubernetesSourceSettings) {
    this.#settings = settings;
    const { client, logger, fieldManager, component, instance } = settings;
    this.#recorder = startEventRecorder({ client, component, instance, logger });
    this.cluster = new KubernetesWriter(client, this.#recorder, fieldManager);
    this.#statuses = new Statuses(client, fieldManager);
    this.#lookups = new Lookups({
      client,
      logger,
      read: (object) => readLookedUp(object),
      keyOf: ({ apiVersion, kind, name: byName }, namespace, name) =>
        byName === undefined
          ? foreignKey(apiVersion, kind, namespace, name)
          : { kind: kind as ResourceKind, namespace, name },
      update: (changes) =>
        this.#cache.update(
          changes.filter(([key, object]) => object !== undefined || !this.#trustBundles.has(keyText(key))),
        ),
      ask: (keys) => this.#cache.update(keys.map((key) => [key, this.#cache.get(key.kind, key.namespace, key.name)])),
      problemsChanged: () => this.#cache.update([]),
      maxLookups: settings.maxLookups,
      idleMs: settings.lookupIdleMs,
      graceMs: Math.min(lookupGraceMs, settings.lookupIdleMs),
    });
    this.#watches = informers(settings.systemNamespace).map((informer) => this.#watch(informer));
  }

  /** Resolves when all informers have told what is there; rejects when the source is disposed before. */
  get synced(): Promise<unknown> {
    return Promise.all(this.#watches.map(({ watch }) => watch.synced));
  }

  /** What has not been read yet, and why. */
  waitingFor(): readonly string[] {
    return this.#watches
      .filter(({ isSynced }) => !isSynced)
      .map(({ informer, watch }) => `${informer.kind}: ${watch.trouble?.message ?? 'no answer yet'}`);
  }

  /** As {@link ResourceSource.get}; the first look at a ConfigMap, a Secret or a foreign kind begins to watch it. */
  get: ResourceSource['get'] = (kind, namespace, name) => {
    const target = lookupTarget(kind, namespace, name);
    if (target !== undefined) this.#lookups.use(target, { kind, namespace, name });
    return this.#cache.get(kind, namespace, name);
  };

  list: ResourceSource['list'] = (kind) => this.#cache.list(kind);
  changes: ResourceSource['changes'] = (signal) => this.#cache.changes(signal);

  pending = (kind: ResourceKind, namespace: string, name: string): boolean => {
    const target = lookupTarget(kind, namespace, name);
    return (
      target !== undefined && this.#lookups.isPending(target) && this.#cache.get(kind, namespace, name) === undefined
    );
  };

  whyAbsent = (kind: ResourceKind, namespace: string, name: string): string | undefined => {
    const target = lookupTarget(kind, namespace, name);
    const problem = target === undefined ? undefined : this.#lookups.problemOf(target);
    if (problem === undefined || problem.expected === '') return undefined;
    return `it may not be read here, expected ${problem.expected}`;
  };

  problems: ResourceSource['problems'] = () => [
    ...this.#watches.flatMap(({ watch: { trouble } }) =>
      trouble === undefined ? [] : [{ severity: 'warning', message: trouble.message, expected: '' } as const],
    ),
    ...this.#lookups.problems(),
    ...[...this.#problems.values()].flat(),
  ];

  readStatus: ResourceSource['readStatus'] = (key) => this.#statuses.get(key);

  writeStatus: ResourceSource['writeStatus'] = async (key, status) => {
    const object = this.#cache.get(key.kind, key.namespace, key.name);
    if (object !== undefined) await this.#statuses.write(key, object.metadata.uid, status);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#watches.map(({ watch }) => watch[Symbol.asyncDispose]()));
    await this.#lookups[Symbol.asyncDispose]();
    await this.#recorder[Symbol.asyncDispose]();
    this.roster.end();
    this.#cache.end();
  }

  #watch(informer: Informer): { readonly informer: Informer; readonly watch: ObjectWatch; isSynced: boolean } {
    const { client, logger } = this.#settings;
    const { use, ...selected } = informer;
    const take = use === 'pod' ? this.#takePod : this.#takeObject;
    let told: string | undefined;
    const watch = watchObjects({
      client,
      ...selected,
      onChange: (changes) => take.call(this, informer, changes),
      onTrouble: (error) => {
        // Every attempt fails in the same way: it is told once.
        if (told === error.code) return;
        told = error.code;
        logger.warn('objects cannot be followed', { kind: informer.kind, error });
        this.#cache.update([]);
      },
      onRecovered: () => {
        told = undefined;
        logger.info('objects are followed again', { kind: informer.kind });
        this.#cache.update([]);
      },
    });
    const watched = { informer, watch, isSynced: false };
    watch.synced.then(
      () => (watched.isSynced = true),
      () => undefined,
    );
    return watched;
  }

  #takePod(_informer: Informer, changes: readonly ObjectChange[]): void {
    const { systemNamespace } = this.#settings;
    for (const change of changes) {
      if (change.kind === 'absent') this.roster.update(`${change.namespace}/${change.name}`, undefined);
      else {
        const { namespace = '', name } = change.object.metadata;
        this.roster.update(`${namespace}/${name}`, expectedProcessOf(change.object, systemNamespace));
      }
    }
  }

  #takeObject(informer: Informer, changes: readonly ObjectChange[]): void {
    const updates = changes
      .map((change) =>
        change.kind === 'absent' ? this.#gone(informer, change) : this.#present(informer, change.object),
      )
      .filter((update) => update !== undefined);
    if (updates.length > 0) this.#cache.update(updates);
  }

  #gone({ kind }: Informer, { namespace, name }: ObjectChange & { readonly kind: 'absent' }): KnownNow | undefined {
    const key = { kind: kind as ResourceKind, namespace, name };
    const text = keyText(key);
    this.#problems.delete(text);
    this.#statuses.saw(text, undefined);
    const target = lookupTarget(key.kind, namespace, name);
    this.#trustBundles.delete(text);
    // It may have lost only its label, and be watched by its name.
    return target !== undefined && this.#lookups.has(target) ? undefined : [key, undefined];
  }

  #present({ use }: Informer, object: KubernetesObject): KnownNow | undefined {
    const read = readKnownObject(object);
    if (read === undefined) {
      this.#settings.logger.warn('object cannot be read', { kind: object.kind, name: object.metadata.name });
      return undefined;
    }
    const { key, problems, status } = read;
    const text = keyText(key);
    const known = this.#cache.get(key.kind, key.namespace, key.name);
    // What comes back of our own writing of a status wakes nobody.
    const isEcho = isServedKey(key) && this.#statuses.isExpected(text, status) && isSameButVersion(known, read.object);
    if (isServedKey(key)) this.#statuses.saw(text, status);
    if (problems.length > 0) this.#problems.set(text, problems);
    else this.#problems.delete(text);
    if (key.kind === 'ConfigMap') this.#trustBundles.add(text);
    if (isEcho) return undefined;
    if (use !== 'existence') return [key, read.object];
    return known?.metadata.uid === read.object.metadata.uid ? undefined : [key, existenceOf(read.object)];
  }
}

function readLookedUp(object: KubernetesObject): KnownNow | undefined {
  if (object.apiVersion === 'v1' && (object.kind === 'ConfigMap' || object.kind === 'Secret')) {
    const read = readKnownObject(object);
    return read === undefined ? undefined : [read.key, read.object];
  }
  return readForeignObject(object);
}
