import { setTimeout as delay } from 'node:timers/promises';
import { type ApiClient, type WatchEvent } from './api-client.ts';
import { isClusterError } from './cluster-error.ts';
import type { KubernetesObject } from './kubernetes-objects.ts';

/** All objects of a kind, kept as the API server has them. */
export interface FollowedCollection<T extends KubernetesObject> {
  get(namespace: string, name: string): T | undefined;
  values(): Iterable<T>;
  /** Resolves when the objects were listed for the first time. */
  readonly listed: Promise<void>;
}

const shortestRetryMs = 50;
const longestRetryMs = 1000;

/**
 * Lists and watches a collection until `signal` aborts. An API server that is away is asked again until it is back; what was known stays known
 * meanwhile.
 *
 * @param path of the collection in all namespaces, such as `/api/v1/pods`
 * @param onChange is told of an object that was added, changed or removed (`present` false), after the collection knows it
 */
export function followCollection<T extends KubernetesObject>(
  api: ApiClient,
  path: string,
  signal: AbortSignal,
  onChange: (object: T, present: boolean) => void,
): FollowedCollection<T> {
  const objects = new Map<string, T>();
  const { promise: listed, resolve } = Promise.withResolvers<undefined>();
  const set = (object: T): void => {
    if (objects.get(keyOf(object))?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    objects.set(keyOf(object), object);
    onChange(object, true);
  };
  const remove = (object: T): void => {
    if (objects.delete(keyOf(object))) onChange(object, false);
  };
  const relist = async (): Promise<string> => {
    const list = await api.get<{ items: T[]; metadata: { resourceVersion: string } }>(path, signal);
    const present = new Set(list.items.map(keyOf));
    for (const object of [...objects.values()]) if (!present.has(keyOf(object))) remove(object);
    list.items.forEach(set);
    resolve(undefined);
    return list.metadata.resourceVersion;
  };
  const follow = async (): Promise<void> => {
    let version: string | undefined;
    let retryMs = shortestRetryMs;
    while (!signal.aborted) {
      try {
        version ??= await relist();
        const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${version}`;
        for await (const event of api.watch<T>(`${path}?${query}`, signal)) {
          // The version we know is too old for a watch: what we missed is found by listing.
          if (event.type === 'ERROR') {
            version = undefined;
            break;
          }
          version = event.object.metadata.resourceVersion;
          retryMs = shortestRetryMs;
          apply(event, set, remove);
        }
      } catch (error) {
        if (!isClusterError(error, 'CLUSTER_API_FAILED')) throw error;
        if (error.status === 410) version = undefined;
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
        retryMs = Math.min(longestRetryMs, retryMs * 2);
      }
    }
  };
  void follow();
  return { listed, get: (namespace, name) => objects.get(`${namespace}/${name}`), values: () => objects.values() };
}

function apply<T>({ type, object }: WatchEvent<T>, set: (object: T) => void, remove: (object: T) => void): void {
  if (type === 'ADDED' || type === 'MODIFIED') set(object);
  else if (type === 'DELETED') remove(object);
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}
