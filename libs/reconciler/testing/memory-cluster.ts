/** A source that can be written to as a cluster can: finalizers, deletion in two steps, objects of any kind, events. */
import { isDeepStrictEqual } from 'node:util';
import { apiVersions, ResourceCache, keyText, parseResource } from '@eventing-kafka/resources';
import type {
  ClusterWriter,
  ManifestResource,
  ObjectManifest,
  ObjectMetadata,
  ResourceKey,
  ResourceKind,
  ResourceSource,
  ResourceStatus,
  SecretReference,
  ServedKey,
} from '@eventing-kafka/resources';

interface Named {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export class MemoryCluster implements ResourceSource {
  /** `Normal TopicCreated Broker default/b: message`, in their order. */
  readonly events: string[] = [];
  /** Everything that was applied and is there, by `Kind namespace/name`. */
  readonly objects = new Map<string, ObjectManifest>();
  /** Looked up, and not known yet: kept from whoever asks, until {@link answer}. */
  readonly unanswered = new Set<string>();
  /** Writes that fail, by `addFinalizer`, `apply` and so on. */
  readonly broken = new Map<keyof ClusterWriter, string>();
  /** What was done, in its order: `addFinalizer Broker default/b`. */
  readonly writes: string[] = [];
  readonly #cache = new ResourceCache();
  readonly #statuses = new Map<string, ResourceStatus>();
  #serial = 0;

  readonly cluster: ClusterWriter = {
    addFinalizer: (key, uid, finalizer) =>
      this.#write('addFinalizer', keyText(key), () => {
        const { finalizers = [] } = this.#metadata(key, uid) ?? {};
        if (!finalizers.includes(finalizer)) this.#setFinalizers(key, uid, [...finalizers, finalizer]);
      }),
    removeFinalizer: (key, uid, finalizer) =>
      this.#write('removeFinalizer', keyText(key), () => {
        const { finalizers = [] } = this.#metadata(key, uid) ?? {};
        this.#setFinalizers(
          key,
          uid,
          finalizers.filter((each) => each !== finalizer),
        );
      }),
    apply: (manifests) =>
      this.#write('apply', manifests.map(({ kind, metadata }) => textOf({ kind, ...metadata })).join(), () => {
        for (const manifest of manifests) {
          const { kind, metadata } = manifest;
          this.objects.set(textOf({ kind, ...metadata }), manifest);
          if (kind === 'ServiceAccount') this.apply(manifest);
        }
      }),
    remove: (object, { controllerUid } = {}) =>
      this.#write('remove', textOf(object), () => {
        const found = this.objects.get(textOf(object));
        const controller = found?.metadata.ownerReferences?.find((owner) => owner.controller === true);
        if (controllerUid !== undefined && controller?.uid !== controllerUid) return;
        this.objects.delete(textOf(object));
        if (object.kind === 'ServiceAccount')
          this.remove({ kind: 'ServiceAccount', namespace: object.namespace ?? '', name: object.name });
      }),
    applyStatus: (key, uid, status) =>
      this.#write('applyStatus', keyText(key), () => {
        const before = this.#cache.get(key.kind, key.namespace, key.name);
        if (before?.metadata.uid === uid) this.#put(key, withStatus(before, status));
      }),
    read: (object) => Promise.resolve(this.objects.get(textOf(object))),
    readSecret: () => Promise.resolve({}),
    record: (key, _uid, { type, reason, message }) => {
      this.events.push(`${type} ${reason} ${keyText(key)}: ${message}`);
    },
  };

  get: ResourceSource['get'] = (kind, namespace, name) =>
    this.unanswered.has(keyText({ kind, namespace, name })) ? undefined : this.#cache.get(kind, namespace, name);
  list: ResourceSource['list'] = (kind) => this.#cache.list(kind);
  changes: ResourceSource['changes'] = (signal) => this.#cache.changes(signal);
  pending = (kind: ResourceKind, namespace: string, name: string): boolean =>
    this.unanswered.has(keyText({ kind, namespace, name }));

  /** As `kubectl apply`. */
  apply(...documents: readonly unknown[]): void {
    for (const document of documents) {
      const { resource, key, problems } = parseResource(document);
      if (resource === undefined || key === undefined) throw new Error(JSON.stringify(problems));
      const before = this.#cache.get(key.kind, key.namespace, key.name);
      const isSame = before !== undefined && isDeepStrictEqual(withoutMetadata(before), withoutMetadata(resource));
      const {
        uid = `uid-${(this.#serial += 1)}`,
        generation = 0,
        finalizers,
        deletionTimestamp,
      } = before?.metadata ?? {};
      this.#put(key, {
        ...resource,
        metadata: {
          ...resource.metadata,
          uid,
          generation: isSame ? generation : generation + 1,
          ...(finalizers === undefined ? {} : { finalizers }),
          ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
        },
      });
    }
  }

  /** A Secret; each call gives it another version. */
  secret(name: string): void {
    const key = { kind: 'Secret', namespace: 'default', name } as const;
    const before = this.#cache.get('Secret', 'default', name)?.metadata;
    const metadata: ObjectMetadata = before ?? {
      namespace: 'default',
      name,
      uid: `uid-${(this.#serial += 1)}`,
      generation: 1,
      resourceVersion: '',
      labels: {},
      annotations: {},
    };
    this.#put(key, { kind: 'Secret', metadata } satisfies SecretReference);
  }

  /** As `kubectl delete`: it goes when its finalizers are gone. */
  remove(key: ResourceKey): void {
    const object = this.#cache.get(key.kind, key.namespace, key.name);
    if (object === undefined) return;
    const { finalizers = [], generation } = object.metadata;
    if (finalizers.length === 0) {
      this.#cache.update([[key, undefined]]);
      this.#statuses.delete(keyText(key));
      return;
    }
    const deletionTimestamp = new Date().toISOString();
    this.#put(key, {
      ...object,
      metadata: { ...object.metadata, generation: generation + 1, deletionTimestamp },
    });
  }

  /** Whoever looked it up gets to know. */
  answer(key: ResourceKey): void {
    this.unanswered.delete(keyText(key));
    this.#cache.update([[key, this.#cache.get(key.kind, key.namespace, key.name)]]);
  }

  problems(): readonly [] {
    return [];
  }

  readStatus(key: ServedKey): ResourceStatus | undefined {
    return this.#statuses.get(keyText(key));
  }

  writeStatus(key: ServedKey, status: ResourceStatus): Promise<void> {
    const object = this.#cache.get(key.kind, key.namespace, key.name);
    if (object === undefined) return Promise.resolve();
    this.#statuses.set(keyText(key), status);
    // As on a cluster, where whoever watches an object sees what was written.
    this.#put(key, object);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#cache.end();
    return Promise.resolve();
  }

  #metadata(key: ResourceKey, uid: string): ObjectMetadata | undefined {
    const metadata = this.#cache.get(key.kind, key.namespace, key.name)?.metadata;
    return metadata?.uid === uid ? metadata : undefined;
  }

  #setFinalizers(key: ResourceKey, uid: string, finalizers: readonly string[]): void {
    const object = this.#cache.get(key.kind, key.namespace, key.name);
    if (object?.metadata.uid !== uid) return;
    const metadata = { ...object.metadata, finalizers };
    this.#put(key, { ...object, metadata });
    if (finalizers.length === 0 && metadata.deletionTimestamp !== undefined) this.remove(key);
  }

  #put(key: ResourceKey, object: ManifestResource): void {
    const resourceVersion = String((this.#serial += 1));
    this.#cache.update([[key, { ...object, metadata: { ...object.metadata, resourceVersion } }]]);
  }

  #write(what: keyof ClusterWriter, of: string, work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const why = this.broken.get(what);
      if (why !== undefined) {
        reject(new Error(why));
        return;
      }
      this.writes.push(`${what} ${of}`);
      work();
      resolve();
    });
  }
}

function textOf({ kind, namespace = '', name }: Named): string {
  return `${kind} ${namespace}/${name}`;
}

function withStatus(object: ManifestResource, status: Readonly<Record<string, unknown>>): ManifestResource {
  const { kind, metadata } = object;
  const spec = 'spec' in object ? object.spec : {};
  const { resource } = parseResource({ apiVersion: apiVersions[kind], kind, metadata, spec, status });
  return resource === undefined ? object : { ...resource, metadata };
}

function withoutMetadata({ metadata: _metadata, ...rest }: ManifestResource): unknown {
  return rest;
}
