import type { ApiClient } from '../api-client.ts';
import type { Pod } from '../kubernetes-objects.ts';
import type { TokenSource } from './volume-files.ts';

interface KnownToken {
  readonly token: string;
  /** When another one is asked for. */
  readonly renewAt: number;
}

interface TokenAnswer {
  readonly status: { readonly token: string; readonly expirationTimestamp: string };
}

/** Of the lifetime of a token, what may pass before it is renewed; a kubelet does the same. */
const renewedAfter = 0.8;

/** Tokens by TokenRequest, bound to the Pod: the API server refuses them once the Pod is gone. */
export function serviceAccountTokens(api: ApiClient, now: () => number = Date.now): TokenSource {
  const known = new Map<string, KnownToken>();
  return async (pod: Pod, { audience, expirationSeconds }) => {
    for (const [key, { renewAt }] of known) if (renewAt <= now()) known.delete(key);
    const { namespace, name, uid } = pod.metadata;
    const key = `${uid} ${audience} ${expirationSeconds}`;
    const found = known.get(key);
    if (found !== undefined) return found.token;
    const account = pod.spec.serviceAccountName ?? 'default';
    const asked = now();
    const { status } = await api.create<TokenAnswer>(
      `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
      {
        spec: {
          ...(audience === '' ? {} : { audiences: [audience] }),
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid },
        },
      },
    );
    const expires = Date.parse(status.expirationTimestamp);
    known.set(key, { token: status.token, renewAt: asked + (expires - asked) * renewedAfter });
    return status.token;
  };
}
