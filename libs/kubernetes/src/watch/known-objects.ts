import type { KubernetesObject } from '../objects/kubernetes-object.ts';

/** What became of an object. */
export type ObjectChange =
  | { readonly kind: 'present'; readonly object: KubernetesObject }
  /** It is gone, or not selected any more. */
  | { readonly kind: 'absent'; readonly namespace: string; readonly name: string };

/**
 * Which objects a watch has told of, and in which version: so that a list that replaces a broken watch tells what changed, and what went
 * away, in between. The objects themselves are not kept.
 */
export class KnownObjects {
  #versions = new Map<string, string>();

  /** What an event or a page of a list says of an object that is there; undefined: nothing new. */
  present(object: KubernetesObject): ObjectChange | undefined {
    const { namespace = '', name, resourceVersion = '' } = object.metadata;
    const key = keyOf(namespace, name);
    if (resourceVersion !== '' && this.#versions.get(key) === resourceVersion) return undefined;
    this.#versions.set(key, resourceVersion);
    return { kind: 'present', object: trimmed(object) };
  }

  /** What the end of an object says; undefined: it was not known. */
  absent({ metadata }: KubernetesObject): ObjectChange | undefined {
    const { namespace = '', name } = metadata;
    return this.#versions.delete(keyOf(namespace, name)) ? { kind: 'absent', namespace, name } : undefined;
  }

  /** Those that a complete list did not hold are gone. */
  retain(listed: Iterable<KubernetesObject['metadata']>): readonly ObjectChange[] {
    const kept = new Set<string>();
    for (const { namespace = '', name } of listed) kept.add(keyOf(namespace, name));
    const gone = [...this.#versions.keys()].filter((key) => !kept.has(key));
    return gone.map((key) => {
      this.#versions.delete(key);
      const slash = key.indexOf('/');
      return { kind: 'absent', namespace: key.slice(0, slash), name: key.slice(slash + 1) };
    });
  }
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** Without the bookkeeping of writers, which can be larger than the object and which no reader needs. */
function trimmed(object: KubernetesObject): KubernetesObject {
  const { managedFields: _, annotations, ...metadata } = object.metadata;
  if (annotations === undefined) return { ...object, metadata };
  const { [lastApplied]: __, ...kept } = annotations;
  return { ...object, metadata: { ...metadata, annotations: kept } };
}
