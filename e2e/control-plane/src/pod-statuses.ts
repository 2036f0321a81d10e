import { type Installation, systemNamespace } from './installation.ts';

/** What a controller says of itself. */
export interface PodStatus {
  readonly pod: string;
  /** Of the leader alone: the contract that it pushes. */
  readonly contract?: { readonly epoch: string; readonly generation: number };
}

/** What `/status` of each controller says; one that does not answer says nothing. */
export async function podStatuses(installation: Installation, app: string): Promise<readonly PodStatus[]> {
  const pods = await installation.pods(app);
  return Promise.all(pods.map((pod) => statusOf(installation, pod)));
}

async function statusOf(installation: Installation, name: string): Promise<PodStatus> {
  const pod = await installation.read({ apiVersion: 'v1', kind: 'Pod', namespace: systemNamespace, name });
  const { podIP } = (pod?.status ?? {}) as { readonly podIP?: string };
  const silent = { pod: name };
  if (podIP === undefined) return silent;
  const answer = fetch(`http://${podIP}:9090/status`, { signal: AbortSignal.timeout(1_000) });
  return answer
    .then((response) => response.json() as Promise<Omit<PodStatus, 'pod'>>)
    .then(
      ({ contract }) => ({ ...silent, ...(contract === undefined ? {} : { contract }) }),
      () => silent,
    );
}
