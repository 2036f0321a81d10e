import type { ApiClient } from '../api-client.ts';
import type { Pod } from '../kubernetes-objects.ts';

/** What is worth telling of a Pod. */
export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** Records an event of a Pod, as `kubectl describe pod` shows it. @throws ClusterError `CLUSTER_API_FAILED` */
export async function recordPodEvent(api: ApiClient, { metadata }: Pod, event: PodEvent): Promise<void> {
  const { namespace, name, uid } = metadata;
  const now = new Date().toISOString();
  await api.create(`/api/v1/namespaces/${namespace}/events`, {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid },
    source: { component: 'kubelet' },
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
    ...event,
  });
}
