/** The public names of `@eventing-kafka/oidc`, listed one by one. */
export { isOidcError, OidcError } from './oidc-error.ts';
export type { OidcErrorCode } from './oidc-error.ts';
export type { TokenAccount } from './requesting/token-request.ts';
export { createTokenSource } from './requesting/token-source.ts';
export type { TokenSource, TokenSourceOptions } from './requesting/token-source.ts';
export { tokenSendingSettings, tokenVerificationSettings, tokenVerifierOptions } from './settings.ts';
export type { TokenVerificationSettings } from './settings.ts';
export { defaultKeyTimes } from './verification/key-keeper.ts';
export type { KeyTimes } from './verification/key-keeper.ts';
export { flattenClaims } from './verification/token-claims.ts';
export type { TokenClaims } from './verification/token-claims.ts';
export { startTokenVerifier } from './verification/token-verifier.ts';
export type { TokenVerifier, TokenVerifierOptions } from './verification/token-verifier.ts';
export type { TokenProblem, TokenVerdict } from './verification/token-verdict.ts';
