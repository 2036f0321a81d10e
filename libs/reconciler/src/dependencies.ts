import { keyText } from '@eventing-kafka/resources';
import type { ResourceKey, ResourceSource, ResourceView, ServedKey } from '@eventing-kafka/resources';

/** In place of a name: all objects of the kind and namespace. No object is called so. */
const anyName = '*';

/** A view that notes what is looked up through it. */
export interface TrackedView extends ResourceView {
  /** Whether something was looked up that the source does not know yet: what was seen is no reason to decide anything. */
  isPending(): boolean;
}

/** Which objects were looked at for the sake of which, found or not: so that the missing one wakes who asked for it. */
export class Dependencies<K extends ResourceKey = ServedKey> {
  readonly #dependents = new Map<string, Map<string, K>>();
  readonly #lookups = new Map<string, Map<string, ResourceKey>>();

  /** A view that notes, in place of what was noted before, what is looked up on behalf of `key`. */
  tracked(source: Pick<ResourceSource, 'get' | 'list' | 'pending' | 'whyAbsent'>, key: K): TrackedView {
    this.forget(key);
    const dependent = keyText(key);
    const lookups = new Map<string, ResourceKey>();
    this.#lookups.set(dependent, lookups);
    const note = (looked: ResourceKey): void => {
      const text = keyText(looked);
      lookups.set(text, looked);
      const dependents = this.#dependents.get(text) ?? new Map<string, K>();
      this.#dependents.set(text, dependents.set(dependent, key));
    };
    return {
      get: (kind, namespace, name) => {
        note({ kind, namespace, name });
        return source.get(kind, namespace, name);
      },
      list: (kind, namespace) => {
        note({ kind, namespace, name: anyName });
        return source.list(kind);
      },
      whyAbsent: (kind, namespace, name) => source.whyAbsent?.(kind, namespace, name),
      isPending: () =>
        source.pending !== undefined &&
        [...lookups.values()].some(
          ({ kind, namespace, name }) => name !== anyName && source.pending?.(kind, namespace, name) === true,
        ),
    };
  }

  /** Who looked at this object, or at all of its kind and namespace. */
  of(key: ResourceKey): readonly K[] {
    const { kind, namespace } = key;
    return [key, { kind, namespace, name: anyName }].flatMap((looked) => [
      ...(this.#dependents.get(keyText(looked))?.values() ?? []),
    ]);
  }

  /** Drops what was looked up on behalf of `key`. */
  forget(key: K): void {
    const dependent = keyText(key);
    for (const text of this.#lookups.get(dependent)?.keys() ?? []) {
      const dependents = this.#dependents.get(text);
      dependents?.delete(dependent);
      if (dependents?.size === 0) this.#dependents.delete(text);
    }
    this.#lookups.delete(dependent);
  }
}
