import { keyText } from '@eventing-kafka/resources';
import type { ResourceKey, ResourceView, ServedKey } from '@eventing-kafka/resources';

/** Which objects were looked at for the sake of which, found or not: so that the missing one wakes who asked for it. */
export class Dependencies {
  readonly #dependents = new Map<string, Map<string, ServedKey>>();
  readonly #lookups = new Map<string, Set<string>>();

  /** A view that notes, in place of what was noted before, what is looked up on behalf of `key`. */
  tracked(view: ResourceView, key: ServedKey): ResourceView {
    this.forget(key);
    const dependent = keyText(key);
    const lookups = new Set<string>();
    this.#lookups.set(dependent, lookups);
    return {
      get: (kind, namespace, name) => {
        const text = keyText({ kind, namespace, name });
        lookups.add(text);
        const dependents = this.#dependents.get(text) ?? new Map<string, ServedKey>();
        this.#dependents.set(text, dependents.set(dependent, key));
        return view.get(kind, namespace, name);
      },
    };
  }

  /** Who looked at this object. */
  of(key: ResourceKey): readonly ServedKey[] {
    return [...(this.#dependents.get(keyText(key))?.values() ?? [])];
  }

  /** Drops what was looked up on behalf of `key`. */
  forget(key: ServedKey): void {
    const dependent = keyText(key);
    for (const text of this.#lookups.get(dependent) ?? []) {
      const dependents = this.#dependents.get(text);
      dependents?.delete(dependent);
      if (dependents?.size === 0) this.#dependents.delete(text);
    }
    this.#lookups.delete(dependent);
  }
}
