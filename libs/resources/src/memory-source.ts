import { isDeepStrictEqual } from 'node:util';
import { ChangeFeed } from './change-feed.ts';
import { parseResource } from './parse-resource.ts';
import { keyText } from './resource-key.ts';
import type { ResourceKey, ResourceKind, ServedKey } from './resource-key.ts';
import type { ResourceSource, SourceProblem } from './resource-source.ts';
import type { ResourceStatus } from './resource-status.ts';
import { keyOf } from './resource-types.ts';
import type { ManifestResource, ResourceByKind } from './resource-types.ts';
import { pathText } from './structural-schema.ts';

/** A source whose objects are given by code: for tests, and for programs that decide themselves what is served. */
export class MemorySource implements ResourceSource {
  readonly #objects = new Map<string, ManifestResource>();
  readonly #generations = new Map<string, number>();
  readonly #statuses = new Map<string, ResourceStatus>();
  readonly #problems = new Map<string, readonly SourceProblem[]>();
  readonly #feed = new ChangeFeed();

  /**
   * Takes an object as it is written in a manifest, in place of the one of the same key. One with an error is not taken: the one
   * before stays, and {@link problems} says what is wrong.
   */
  apply(...documents: readonly unknown[]): void {
    const changed: ResourceKey[] = [];
    for (const document of documents) {
      const { resource, key, problems } = parseResource(document);
      const text = key === undefined ? '' : keyText(key);
      this.#problems.set(
        text,
        problems.map(({ severity, path, message, expected }) => ({
          severity,
          message,
          expected,
          ...(key === undefined ? {} : { key }),
          ...(path.length === 0 ? {} : { path: pathText(path) }),
        })),
      );
      if (resource === undefined || key === undefined) continue;
      const before = this.#objects.get(text);
      if (before !== undefined && isDeepStrictEqual(withGeneration(before, 0), withGeneration(resource, 0))) continue;
      const generation = (this.#generations.get(text) ?? 0) + 1;
      this.#generations.set(text, generation);
      this.#objects.set(text, withGeneration(resource, generation));
      changed.push(key);
    }
    this.#feed.changed(changed);
  }

  /** Takes an object away; fine when there is none. */
  remove(key: ResourceKey): void {
    const text = keyText(key);
    this.#problems.delete(text);
    this.#statuses.delete(text);
    if (this.#objects.delete(text)) this.#feed.changed([key]);
  }

  get<K extends ResourceKind>(kind: K, namespace: string, name: string): ResourceByKind[K] | undefined {
    return this.#objects.get(keyText({ kind, namespace, name })) as ResourceByKind[K] | undefined;
  }

  list<K extends ResourceKind>(kind: K): readonly ResourceByKind[K][] {
    return [...this.#objects.values()].filter((object): object is ResourceByKind[K] => object.kind === kind);
  }

  changes(signal: AbortSignal): AsyncIterable<readonly ResourceKey[]> {
    return this.#feed.read([...this.#objects.values()].map(keyOf), signal);
  }

  problems(): readonly SourceProblem[] {
    return [...this.#problems.values()].flat();
  }

  readStatus(key: ServedKey): ResourceStatus | undefined {
    return this.#statuses.get(keyText(key));
  }

  writeStatus(key: ServedKey, status: ResourceStatus): Promise<void> {
    this.#statuses.set(keyText(key), status);
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#feed.end();
    return Promise.resolve();
  }
}

function withGeneration(object: ManifestResource, generation: number): ManifestResource {
  return { ...object, metadata: { ...object.metadata, generation, resourceVersion: String(generation) } };
}
