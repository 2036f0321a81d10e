import { DeliveryError, type Endpoint } from '@eventing-kafka/delivery';
import { isOidcError, type TokenAccount, type TokenSource } from '@eventing-kafka/oidc';

/** The ServiceAccount whose tokens an egress sends along. */
export type EgressAccount = Omit<TokenAccount, 'audience'>;

/** What this process may do for targets that ask for tokens. */
export interface TokenRules {
  /** Whether tokens can be obtained at all. */
  readonly canObtain: boolean;
  /** Whether they are sent over http too, where anybody on the way can read them. */
  readonly mayUseHttp: boolean;
}

/** Of a process without a source of tokens. */
export const noTokens: TokenRules = Object.freeze({ canObtain: false, mayUseHttp: false });

/**
 * Why a target's wish for tokens keeps an egress from being served; undefined: nothing does. Without an account there is no token to send
 * anywhere: every event fails by itself then, and goes to the dead letter sink.
 */
export function tokenRefusal(
  target: string,
  { url, audience }: Endpoint,
  account: EgressAccount | undefined,
  { canObtain, mayUseHttp }: TokenRules,
): { readonly reason: string; readonly message: string } | undefined {
  if (audience === '' || account === undefined) return undefined;
  if (!canObtain) {
    const message = `${target} asks for a token of audience "${audience}", and this dispatcher cannot obtain any: it does not run in a cluster`;
    return { reason: 'AuthenticationUnsupported', message };
  }
  if (new URL(url).protocol === 'https:' || mayUseHttp) return undefined;
  const message = `${target} asks for a token of audience "${audience}" over http, where anybody on the way could read it: use https, or allow tokens over http`;
  return { reason: 'TokenOverHttp', message };
}

/** A token for one request, and what to do when it is refused. */
export interface TargetToken {
  /** Value of the `Authorization` header. */
  readonly authorization: string;
  /** The target answered 401. */
  rejected(): void;
}

/**
 * The token for a request to a target that asks for one.
 *
 * @throws DeliveryError `DELIVERY_TOKEN_UNAVAILABLE`: retryable if it is the API server that gives none; not without an account, or for an audience
 *   that no token is ever made for
 */
export async function targetToken(
  tokens: TokenSource | undefined,
  account: EgressAccount | undefined,
  { url, audience }: Endpoint,
): Promise<TargetToken> {
  if (tokens === undefined || account === undefined) {
    const message = `${url} asks for a token of audience ${audience}, and the egress names no service account to get one for`;
    throw new DeliveryError('DELIVERY_TOKEN_UNAVAILABLE', message, { retryable: false });
  }
  const wanted = { ...account, audience };
  try {
    const token = await tokens.token(wanted);
    return { authorization: `Bearer ${token}`, rejected: () => tokens.rejected(wanted, token) };
  } catch (cause) {
    if (!isOidcError(cause)) throw cause;
    const { message, retryable } = cause;
    throw new DeliveryError('DELIVERY_TOKEN_UNAVAILABLE', message, { retryable, cause });
  }
}
