import { deterministicUid } from '../objects/deterministic-uid.ts';
import type { ResourceKey } from '../objects/resource-key.ts';
import type { ObjectMetadata } from '../objects/resource-types.ts';
import { isRecord } from './structural-schema.ts';

/**
 * The metadata of an object, with what is missing in it or has the wrong type left out: so that also an object that cannot be taken can
 * be told about and let go. `key` says which one it is.
 */
export function objectMetadata(
  key: Pick<ResourceKey, 'kind' | 'namespace' | 'name'>,
  document: unknown,
): ObjectMetadata {
  const metadata = isRecord(document) && isRecord(document['metadata']) ? document['metadata'] : {};
  const { uid, generation, resourceVersion, labels, annotations, finalizers, deletionTimestamp } = metadata;
  const owners = Array.isArray(metadata['ownerReferences']) ? (metadata['ownerReferences'] as readonly unknown[]) : [];
  const controller = owners.find((owner) => isRecord(owner) && owner['controller'] === true);
  const controllerUid = isRecord(controller) ? controller['uid'] : undefined;
  const finalizerNames = Array.isArray(finalizers) ? finalizers.filter((name) => typeof name === 'string') : [];
  return {
    namespace: key.namespace,
    name: key.name,
    uid: typeof uid === 'string' && uid !== '' ? uid : deterministicUid(key),
    generation: typeof generation === 'number' && Number.isSafeInteger(generation) ? generation : 1,
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : '',
    labels: textsOf(labels),
    annotations: textsOf(annotations),
    ...(finalizerNames.length === 0 ? {} : { finalizers: finalizerNames }),
    ...(typeof deletionTimestamp === 'string' ? { deletionTimestamp } : {}),
    ...(typeof controllerUid === 'string' ? { controllerUid } : {}),
  };
}

/** The entries of a value that are text; none if it is no mapping. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
