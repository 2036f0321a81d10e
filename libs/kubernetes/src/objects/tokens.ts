import type { KubernetesClient } from '../client/kubernetes-client.ts';
import type { CallOptions } from './object-calls.ts';

/** What a TokenReview found out. */
export interface TokenReviewOutcome {
  readonly authenticated: boolean;
  /** `system:serviceaccount:<namespace>:<name>`; empty when not authenticated. */
  readonly username: string;
  /** Such as `authentication.kubernetes.io/pod-name` and `…/pod-uid` of a bound token. */
  readonly extra: Readonly<Record<string, readonly string[]>>;
  /** Of those asked for, which the token is for. */
  readonly audiences: readonly string[];
  /** Why it was not accepted; empty if the server does not say. */
  readonly error: string;
}

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly user?: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
    readonly audiences?: readonly string[];
    readonly error?: string;
  };
}

/**
 * Asks the server whose a token is. A token that is not accepted is an outcome, not an error.
 *
 * @throws KubernetesError when the question could not be asked.
 */
export async function createTokenReview(
  client: KubernetesClient,
  token: string,
  audiences: readonly string[],
  options: CallOptions = {},
): Promise<TokenReviewOutcome> {
  const { status = {} } = (await client.call({
    ...options,
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences } },
    verb: 'create',
    subject: 'TokenReview',
  })) as TokenReview;
  return {
    authenticated: status.authenticated === true,
    username: status.user?.username ?? '',
    extra: status.user?.extra ?? {},
    audiences: status.audiences ?? [],
    error: status.error ?? '',
  };
}

/** Which token is wanted. */
export interface TokenRequest {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audience: string;
  /** Seconds it should be valid; at least 600. Default 3,600. */
  readonly expirationSeconds?: number;
}

/** Has the server issue a token of a ServiceAccount for an audience. @throws KubernetesError */
export async function requestToken(
  client: KubernetesClient,
  { namespace, serviceAccount, audience, expirationSeconds = 3_600 }: TokenRequest,
  options: CallOptions = {},
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  const path = ['namespaces', namespace, 'serviceaccounts', serviceAccount, 'token'].map(encodeURIComponent).join('/');
  const { status } = (await client.call({
    ...options,
    method: 'POST',
    path: `/api/v1/${path}`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [audience], expirationSeconds },
    },
    verb: 'request a token of',
    subject: `ServiceAccount ${namespace}/${serviceAccount}`,
  })) as { readonly status: { readonly token: string; readonly expirationTimestamp: string } };
  return { token: status.token, expiresAt: new Date(status.expirationTimestamp) };
}
