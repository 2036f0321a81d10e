import { ChangeFeed } from './change-feed.ts';
import { keyText } from './resource-key.ts';
import type { ResourceKey, ResourceKind } from './resource-key.ts';
import type { ResourceSource } from './resource-source.ts';
import { keyOf } from './resource-types.ts';
import type { ManifestResource, ResourceByKind } from './resource-types.ts';

/** The objects of a source, and what changed of them since it was last asked: the part that all sources have in common. */
export class ResourceCache implements Pick<ResourceSource, 'get' | 'list' | 'changes'> {
  /** By kind, as planning lists those of one kind, of which there may be few, for each of thousands of another. */
  readonly #objects = new Map<ResourceKind, Map<string, ManifestResource>>();
  readonly #feed = new ChangeFeed();

  /** Takes objects in, in place of those of the same keys; undefined takes one out. No objects: only the problems changed. */
  update(objects: Iterable<readonly [key: ResourceKey, object: ManifestResource | undefined]>): void {
    const changed: ResourceKey[] = [];
    for (const [key, object] of objects) {
      changed.push(key);
      const ofKind = this.#objects.get(key.kind) ?? new Map<string, ManifestResource>();
      this.#objects.set(key.kind, ofKind);
      if (object === undefined) ofKind.delete(keyText(key));
      else ofKind.set(keyText(key), object);
    }
    this.#feed.changed(changed);
  }

  /** As {@link ResourceSource.get}. */
  get<K extends ResourceKind>(kind: K, namespace: string, name: string): ResourceByKind[K] | undefined {
    return this.#objects.get(kind)?.get(keyText({ kind, namespace, name })) as ResourceByKind[K] | undefined;
  }

  /** As {@link ResourceSource.list}. */
  list<K extends ResourceKind>(kind: K): readonly ResourceByKind[K][] {
    return [...(this.#objects.get(kind)?.values() ?? [])] as ResourceByKind[K][];
  }

  /** As {@link ResourceSource.changes}. */
  changes(signal: AbortSignal): AsyncIterable<readonly ResourceKey[]> {
    const present = [...this.#objects.values()].flatMap((ofKind) => [...ofKind.values()].map(keyOf));
    return this.#feed.read(present, signal);
  }

  /** Nothing more will come: ends the reading. */
  end(): void {
    this.#feed.end();
  }
}
