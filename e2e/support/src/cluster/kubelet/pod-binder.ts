import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from '../api-client.ts';
import { isClusterError } from '../cluster-error.ts';
import type { Pod } from '../kubernetes-objects.ts';

/** How long until a Pod that could not be bound is tried again. */
const retryMs = 200;

/** Plays the scheduler: gives Pods to the nodes in turn, whatever they ask for. An API server that is away is asked again until `signal` aborts. */
export function podBinder(api: ApiClient, nodes: readonly string[], signal: AbortSignal): (pod: Pod) => Promise<void> {
  const underWay = new Set<string>();
  let bound = 0;
  return async ({ metadata: { uid, namespace, name } }) => {
    if (underWay.has(uid)) return;
    underWay.add(uid);
    const target = { kind: 'Node', name: nodes[bound++ % nodes.length] };
    const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name, uid }, target };
    while (!signal.aborted) {
      try {
        await api.create(`/api/v1/namespaces/${namespace}/pods/${name}/binding`, binding, signal);
        break;
      } catch (error) {
        if (!isClusterError(error)) throw error;
        // Gone, or bound already.
        if (error.status === 404 || error.status === 409) break;
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
    underWay.delete(uid);
  };
}
