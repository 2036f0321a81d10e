import { createTokenReview } from '@eventing-kafka/kubernetes';
import type { KubernetesClient, TokenReviewOutcome } from '@eventing-kafka/kubernetes';

/** The Pod that a token belongs to. */
export interface TokenPod {
  readonly name: string;
  readonly namespace: string;
  /** Name of its ServiceAccount. */
  readonly serviceAccount: string;
}

/** What became of a look at a token: whose it is, or why it proves nothing. */
export type PodTokenOutcome =
  { readonly kind: 'pod'; readonly pod: TokenPod } | { readonly kind: 'refused'; readonly message: string };

/** Set by the API server in reviews of tokens that are bound to a Pod (KEP-1205). */
const podNameKey = 'authentication.kubernetes.io/pod-name';

/**
 * Asks the API server which Pod a projected token was issued to. Only tokens of that audience that are bound to a Pod prove anything.
 *
 * @throws KubernetesError the API server could not be asked
 */
export async function podOfToken(
  client: KubernetesClient,
  token: string,
  { audience, signal }: { readonly audience: string; readonly signal?: AbortSignal },
): Promise<PodTokenOutcome> {
  return podOfReview(
    await createTokenReview(client, token, [audience], signal === undefined ? {} : { signal }),
    audience,
  );
}

/** What a review says about a Pod. */
export function podOfReview(review: TokenReviewOutcome, audience: string): PodTokenOutcome {
  if (!review.authenticated) {
    const why = review.error === '' ? '' : `: ${review.error}`;
    return { kind: 'refused', message: `the API server does not accept the token${why}` };
  }
  if (!review.audiences.includes(audience))
    return { kind: 'refused', message: `the token is not for the audience ${audience}` };
  const [, namespace, serviceAccount] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(review.username) ?? [];
  if (namespace === undefined || serviceAccount === undefined) {
    return { kind: 'refused', message: `the token is of ${review.username}, which is no ServiceAccount` };
  }
  const [name] = review.extra[podNameKey] ?? [];
  if (name === undefined) return { kind: 'refused', message: 'the token is not bound to a Pod; use a projected one' };
  return { kind: 'pod', pod: { name, namespace, serviceAccount } };
}
