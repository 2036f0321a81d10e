import { defineSettings, type SettingsOf } from '@eventing-kafka/config';
import type { InClusterClient } from '@eventing-kafka/in-cluster';
import type { TokenVerifierOptions } from './verification/token-verifier.ts';

/** What an operator may set of the verification of tokens. */
export const tokenVerificationSettings = defineSettings(
  {
    oidc: {
      kind: 'choice',
      env: 'OIDC',
      flag: 'oidc',
      choices: ['auto', 'required', 'off'],
      default: 'auto',
      description:
        'tokens of senders: checked where a contract names an audience; required: not ready without the keys of the issuer even if none does; off: such resources are refused',
    },
    oidcDiscoveryBaseUrl: {
      kind: 'text',
      env: 'OIDC_DISCOVERY_BASE_URL',
      flag: 'oidc-discovery-base-url',
      optional: true,
      pattern: /^https?:\/\/\S+$/,
      allowed: 'an http or https URL',
      description:
        'issuer of the tokens, without `/.well-known/openid-configuration`; if not set, in a cluster its API server, and elsewhere no tokens are checked; http only on this machine',
    },
    oidcCaFile: {
      kind: 'text',
      env: 'OIDC_CA_FILE',
      flag: 'oidc-ca-file',
      optional: true,
      description: 'PEM file of who signed the certificate of an issuer that is not the API server',
    },
    oidcExpiryToleranceMs: {
      kind: 'durationMs',
      env: 'OIDC_EXPIRY_TOLERANCE',
      flag: 'oidc-expiry-tolerance',
      default: 0,
      min: 0,
      max: 60_000,
      description: 'time that a token is taken after it expired',
    },
  },
  [
    ({ oidc, oidcDiscoveryBaseUrl }) =>
      oidc === 'off' && oidcDiscoveryBaseUrl !== undefined
        ? 'OIDC is off, and OIDC_DISCOVERY_BASE_URL names an issuer; leave one of them out'
        : undefined,
  ],
);

/** The typed settings of {@link tokenVerificationSettings}. */
export type TokenVerificationSettings = SettingsOf<typeof tokenVerificationSettings>;

/** What an operator may set of the tokens that are sent along. */
export const tokenSendingSettings = defineSettings({
  sendTokensOverHttp: {
    kind: 'boolean',
    env: 'OIDC_SEND_OVER_HTTP',
    flag: 'oidc-send-over-http',
    default: false,
    description:
      'send tokens to http targets too, where anybody on the way can read them; else an egress with such a target is refused',
  },
});

/** Options of a verifier as the settings say; undefined: off, or outside of Kubernetes with no issuer named. */
export function tokenVerifierOptions(
  settings: TokenVerificationSettings,
  inCluster: InClusterClient | undefined,
): Omit<TokenVerifierOptions, 'logger'> | undefined {
  const baseUrl =
    settings.oidcDiscoveryBaseUrl ?? (inCluster === undefined ? undefined : 'https://kubernetes.default.svc');
  if (settings.oidc === 'off' || baseUrl === undefined) return undefined;
  return {
    baseUrl,
    inCluster,
    caFile: settings.oidcCaFile,
    alwaysExpected: settings.oidc === 'required',
    expiryToleranceSeconds: settings.oidcExpiryToleranceMs / 1000,
  };
}
