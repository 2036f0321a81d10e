import { isDeepStrictEqual } from 'node:util';
import { parseResource } from '../parsing/parse-resource.ts';
import { ResourceCache } from './resource-cache.ts';
import { keyText } from './resource-key.ts';
import type { ResourceKey, ServedKey } from './resource-key.ts';
import type { ResourceSource, SourceProblem } from './resource-source.ts';
import type { ResourceStatus } from './resource-status.ts';
import type { ManifestResource } from './resource-types.ts';
import { pathText } from '../parsing/structural-schema.ts';

/** A source whose objects are given by code: for tests, and for programs that decide themselves what is served. */
export class MemorySource implements ResourceSource {
  readonly #cache = new ResourceCache();
  readonly #generations = new Map<string, number>();
  readonly #statuses = new Map<string, ResourceStatus>();
  readonly #problems = new Map<string, readonly SourceProblem[]>();

  get: ResourceSource['get'] = (kind, namespace, name) => this.#cache.get(kind, namespace, name);
  list: ResourceSource['list'] = (kind) => this.#cache.list(kind);
  changes: ResourceSource['changes'] = (signal) => this.#cache.changes(signal);

  /**
   * Takes an object as it is written in a manifest, in place of the one of the same key. One with an error is not taken: the one
   * before stays, and {@link problems} says what is wrong.
   */
  apply(...documents: readonly unknown[]): void {
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
      const before = this.get(key.kind, key.namespace, key.name);
      if (before !== undefined && isDeepStrictEqual(withGeneration(before, 0), withGeneration(resource, 0))) continue;
      const generation = (this.#generations.get(text) ?? 0) + 1;
      this.#generations.set(text, generation);
      this.#cache.update([[key, withGeneration(resource, generation)]]);
    }
    // The problems may have changed.
    this.#cache.update([]);
  }

  /** Takes an object away; fine when there is none. */
  remove(key: ResourceKey): void {
    const text = keyText(key);
    this.#problems.delete(text);
    this.#statuses.delete(text);
    if (this.get(key.kind, key.namespace, key.name) !== undefined) this.#cache.update([[key, undefined]]);
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
    this.#cache.end();
    return Promise.resolve();
  }
}

function withGeneration(object: ManifestResource, generation: number): ManifestResource {
  return { ...object, metadata: { ...object.metadata, generation, resourceVersion: String(generation) } };
}
