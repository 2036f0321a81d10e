import type { KubernetesClient } from '../client/kubernetes-client.ts';
import { isKubernetesError } from '../errors.ts';
import type { KubernetesMetadata, ObjectIdentity } from './kubernetes-object.ts';
import { mergePatchObject, readObject } from './object-calls.ts';
import type { CallOptions } from './object-calls.ts';

/** What is to become of the finalizers of an object. */
export interface FinalizerChange {
  /** Only of the object of this uid. */
  readonly uid: string;
  readonly add?: string;
  readonly remove?: string;
}

/** `gone`: there is no such object (of that uid) any more. `unchanged`: it was so already, or nothing can be added: it is being deleted. */
export type FinalizerOutcome = 'changed' | 'unchanged' | 'gone';

/** Conflicts in a row before it is given up: others change the object faster than we can read it. */
const maxAttempts = 8;

/**
 * Adds or removes a finalizer and leaves those of others alone: a JSON merge patch that carries the version the list was read from. A conflict
 * reads again.
 *
 * @throws KubernetesError
 */
export async function patchFinalizers(
  client: KubernetesClient,
  object: ObjectIdentity,
  change: FinalizerChange,
  options: CallOptions = {},
): Promise<FinalizerOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await readObject(client, object, { ...options, metadataOnly: true });
    if (found?.metadata.uid !== change.uid) return 'gone';
    const finalizers = changedFinalizers(found.metadata, change);
    if (finalizers === undefined) return 'unchanged';
    const { resourceVersion } = found.metadata;
    try {
      await mergePatchObject(client, object, { metadata: { resourceVersion, finalizers } }, options);
      return 'changed';
    } catch (error) {
      if (isKubernetesError(error, 'KUBERNETES_NOT_FOUND')) return 'gone';
      if (!isKubernetesError(error, 'KUBERNETES_CONFLICT') || attempt === maxAttempts) throw error;
    }
  }
}

/** The finalizers as they should be; undefined: as they are. */
export function changedFinalizers(
  { finalizers = [], deletionTimestamp }: Pick<KubernetesMetadata, 'finalizers' | 'deletionTimestamp'>,
  { add, remove }: Omit<FinalizerChange, 'uid'>,
): readonly string[] | undefined {
  const kept = finalizers.filter((finalizer) => finalizer !== remove);
  // The API forbids to hold up what is going already.
  const isAdded = add !== undefined && deletionTimestamp === undefined && !kept.includes(add);
  if (!isAdded && kept.length === finalizers.length) return undefined;
  return isAdded ? [...kept, add] : kept;
}
