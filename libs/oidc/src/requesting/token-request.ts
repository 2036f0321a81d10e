import { refusalOf, type InClusterClient } from '@eventing-kafka/in-cluster';
import { decodeJwt } from 'jose';
import { OidcError } from '../oidc-error.ts';

/** Whose token for whom. */
export interface TokenAccount {
  /** Of the ServiceAccount. */
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Who is to take the token, and nobody else. */
  readonly audience: string;
}

/** A token that was issued. */
export interface IssuedToken {
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** Seconds that a token is asked for. */
const expirationSeconds = 3600;

/** What API servers go by if they are told nothing else. */
const usualApiAudiences: readonly string[] = [
  'https://kubernetes.default.svc',
  'https://kubernetes.default.svc.cluster.local',
  'kubernetes.default.svc',
  'api',
];

/**
 * Has the API server issue a token of a ServiceAccount (TokenRequest of `authentication.k8s.io/v1`). Rejects with what went wrong.
 *
 * @throws OidcError `OIDC_AUDIENCE_FORBIDDEN` where the token would be good for the API server itself: whoever names audiences could have one sent
 *   to a place of theirs (security.md 6.1 X9)
 */
export async function requestToken(
  client: InClusterClient,
  { namespace, serviceAccount, audience }: TokenAccount,
  signal: AbortSignal,
): Promise<IssuedToken> {
  if ([...usualApiAudiences, ...audiencesOf(await client.ownToken())].includes(audience)) {
    const message = `No token of audience ${audience} is sent anywhere: it would be good for the API server`;
    throw new OidcError('OIDC_AUDIENCE_FORBIDDEN', message);
  }
  const account = `namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(serviceAccount)}`;
  const { statusCode, body } = await client.call({
    method: 'POST',
    path: `/api/v1/${account}/token`,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [audience], expirationSeconds },
    },
    signal,
  });
  if (statusCode !== 201 && statusCode !== 200) throw refusalOf(statusCode, body);
  const { status } = JSON.parse(body) as { readonly status?: Readonly<Record<string, unknown>> };
  const token = status?.['token'];
  const expiresAtMs = Date.parse(String(status?.['expirationTimestamp']));
  if (typeof token !== 'string' || token === '' || Number.isNaN(expiresAtMs))
    throw new Error('the API server answered a TokenRequest without a token');
  return { token, expiresAtMs };
}

/** Whom the Pod's own token is for, and who issued it: the API server, by its own names. */
function audiencesOf(ownToken: string): readonly unknown[] {
  try {
    const { aud, iss } = decodeJwt(ownToken);
    return [iss, ...(Array.isArray(aud) ? aud : [aud])];
  } catch {
    // Another kind of token; the usual names are all there is to go by.
    return [];
  }
}
