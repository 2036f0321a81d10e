import type { Cluster } from '@eventing-kafka/e2e-support';
import { Samples } from './samples.ts';

/** Requests that an API server was asked, by verb and resource. */
export type ApiRequests = ReadonlyMap<string, number>;

/** Leases are renewed whatever happens, and Pods are the business of the kubelet. */
const unrelated = new Set(['leases', 'nodes', 'pods', 'endpoints', 'endpointslices', 'replicasets', 'deployments']);

/** What an API server was asked since its start, by whomever. */
export async function apiRequests({ kubectl }: Pick<Cluster, 'kubectl'>): Promise<ApiRequests> {
  const requests = new Map<string, number>();
  const samples = new Samples(await kubectl(['get', '--raw', '/metrics']));
  for (const { labels, value } of samples.of('apiserver_request_total')) {
    const [resource = '', subresource = ''] = [labels.get('resource'), labels.get('subresource')];
    if (resource === '' || unrelated.has(resource)) continue;
    const what = `${labels.get('verb') ?? ''} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
    requests.set(what, (requests.get(what) ?? 0) + value);
  }
  return requests;
}

/** What was asked between two looks. */
export function requestsBetween(before: ApiRequests, after: ApiRequests): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...after]
      .map(([what, count]) => [what, count - (before.get(what) ?? 0)] as const)
      .filter(([, count]) => count > 0)
      .toSorted(([, a], [, b]) => b - a),
  );
}
