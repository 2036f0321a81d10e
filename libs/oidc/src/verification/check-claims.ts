import type { TokenProblem } from './token-verdict.ts';

/** What a token's claims are held against. */
export interface ClaimRules {
  readonly issuer: string;
  readonly audience: string;
  /** Seconds since 1970. */
  readonly nowSeconds: number;
  /** Seconds that a token is taken after its `exp`. */
  readonly expiryToleranceSeconds: number;
  /** Seconds that `nbf` and `iat` may lie ahead: a fresh token from a machine whose clock is a little fast is good. */
  readonly clockToleranceSeconds: number;
}

/** The first thing that is wrong with the registered claims (RFC 7519) of a payload; undefined: nothing is. */
export function problemOfClaims(
  { iss, aud, exp, nbf, iat }: Readonly<Record<string, unknown>>,
  rules: ClaimRules,
): TokenProblem | undefined {
  if (iss !== rules.issuer) return 'issuer';
  const audiences: unknown = Array.isArray(aud) ? aud : [aud];
  if (!(audiences as readonly unknown[]).includes(rules.audience)) return 'audience';
  if (exp === undefined) return 'no-expiry';
  if (!isTime(exp) || !isTime(nbf ?? 0) || !isTime(iat ?? 0)) return 'malformed';
  if (exp + rules.expiryToleranceSeconds <= rules.nowSeconds) return 'expired';
  const latest = rules.nowSeconds + rules.clockToleranceSeconds;
  return [nbf, iat].some((time) => isTime(time) && time > latest) ? 'not-yet-valid' : undefined;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
