/** The public names of `@eventing-kafka/oidc/testing`, listed one by one. */
export { startTestIssuer } from './test-issuer.ts';
export type { IssuerRequest, TestIssuer, TestIssuerOptions, TokenContent } from './test-issuer.ts';
