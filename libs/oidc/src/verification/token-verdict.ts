import type { TokenClaims } from './token-claims.ts';

/** What keeps a token from being taken; for logs, never for the sender, who would learn from it how to do better. */
export type TokenProblem =
  /** There is no `Authorization` header, or it is empty. */
  | 'missing'
  /** The header is not `Bearer`, one space, and a token. */
  | 'not-bearer'
  | 'too-long'
  /** No JSON web token, one with critical headers, or one whose claims have impossible types. */
  | 'malformed'
  /** Not one of the asymmetric algorithms; `none` and HMAC among them. */
  | 'algorithm'
  | 'unknown-key'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'no-expiry'
  | 'expired'
  /** `nbf` or `iat` lie further ahead than clocks may differ. */
  | 'not-yet-valid';

/** What a look at an `Authorization` header found. */
export type TokenVerdict =
  | {
      readonly kind: 'valid';
      /** The claim `sub`; empty if there is none. */
      readonly subject: string;
      readonly claims: TokenClaims;
    }
  | { readonly kind: 'refused'; readonly problem: TokenProblem }
  /** Nothing can be said, because no keys were ever loaded. */
  | { readonly kind: 'no-keys' };

/** A refusal. */
export function refused(problem: TokenProblem): TokenVerdict {
  return { kind: 'refused', problem };
}
