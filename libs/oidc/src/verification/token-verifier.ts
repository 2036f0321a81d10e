import type { InClusterClient } from '@eventing-kafka/in-cluster';
import type { Logger } from '@eventing-kafka/logging';
import { compactVerify, decodeJwt, decodeProtectedHeader, errors } from 'jose';
import { bearerToken } from './bearer-token.ts';
import { problemOfClaims } from './check-claims.ts';
import { IssuerAccess } from './issuer-access.ts';
import { loadIssuerKeys, type IssuerKeys } from './issuer-documents.ts';
import { defaultKeyTimes, KeyKeeper, type KeyTimes } from './key-keeper.ts';
import { flattenClaims } from './token-claims.ts';
import { refused, type TokenProblem, type TokenVerdict } from './token-verdict.ts';
import { VerifiedTokens, type VerifiedToken } from './verified-tokens.ts';

/** What {@link startTokenVerifier} needs. */
export interface TokenVerifierOptions {
  /** Of the issuer: what stands before `/.well-known/openid-configuration`. https, or http on this machine. */
  readonly baseUrl: string;
  /** The API server of the cluster, which gets the Pod's token when it is the one that is asked; undefined outside of Kubernetes. */
  readonly inCluster?: InClusterClient | undefined;
  /** PEM file with certificates trusted for the issuer beside the platform's. */
  readonly caFile?: string | undefined;
  /** Loads keys at once and counts as not ready without them, even if no contract asks for tokens. Default false. */
  readonly alwaysExpected?: boolean;
  /** Seconds that a token is taken after its `exp`, 0 to 60. Default 0. */
  readonly expiryToleranceSeconds?: number;
  /** Seconds that `nbf` and `iat` may lie ahead. Default 60. */
  readonly clockToleranceSeconds?: number;
  /** Longest token in bytes. Default 8192; the tokens of Kubernetes have about 1000. */
  readonly maxTokenBytes?: number;
  /** Verified tokens that are remembered. Default 1000. */
  readonly maxRememberedTokens?: number;
  readonly times?: Partial<KeyTimes>;
  readonly logger: Logger;
  /** Milliseconds since 1970; the clock when absent. */
  readonly wallClock?: () => number;
}

/** Verifies tokens of one issuer. Disposing ends the refreshing of its keys. */
export interface TokenVerifier extends AsyncDisposable {
  /**
   * Looks at the value of an `Authorization` header. At once for what can be said without looking at a signature, and for tokens that were
   * verified before; else by a promise that never rejects.
   */
  verify(header: string | undefined, audience: string): TokenVerdict | Promise<TokenVerdict>;
  /** Whether anybody asks for tokens now: keys are loaded and refreshed as long as somebody does. */
  expectTokens(expected: boolean): void;
  /**
   * Takes tokens of another issuer from now on, and of the one before no more.
   *
   * @throws TypeError it is not an absolute URL
   */
  useIssuer(baseUrl: string): void;
  /** Certificates (PEM) trusted for the issuer from now on, beside the platform's and those of `caFile`. Not for the API server. */
  trust(bundles: readonly string[]): void;
  /** Why it cannot verify what is asked of it: tokens are expected and no keys were ever loaded. Undefined: it can. */
  readonly notReadyReason: string | undefined;
}

/** Every asymmetric one; `none` and HMAC would let anybody sign who knows what is public. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];

/**
 * A verifier; it opens nothing before tokens are expected.
 *
 * @throws TypeError `baseUrl` is not an absolute URL
 */
export function startTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  return new IssuerVerifier(options);
}

class IssuerVerifier implements TokenVerifier {
  readonly #options: TokenVerifierOptions;
  readonly #maxTokenBytes: number;
  readonly #wallClock: () => number;
  readonly #access: IssuerAccess;
  readonly #keeper: KeyKeeper;
  readonly #verified: VerifiedTokens;
  #expected: boolean;

  constructor(options: TokenVerifierOptions) {
    const { baseUrl, inCluster, caFile, logger } = options;
    this.#options = options;
    this.#maxTokenBytes = options.maxTokenBytes ?? 8192;
    this.#wallClock = options.wallClock ?? Date.now;
    this.#verified = new VerifiedTokens(options.maxRememberedTokens ?? 1000);
    this.#access = new IssuerAccess({ baseUrl, inCluster, caFile });
    this.#keeper = new KeyKeeper({
      load: (signal) => loadIssuerKeys(this.#access.baseUrl, this.#access, signal),
      times: { ...defaultKeyTimes, ...options.times },
      logger,
      now: () => performance.now(),
      onChange: () => this.#verified.clear(),
    });
    this.#expected = options.alwaysExpected === true;
    if (this.#expected) this.#keeper.start();
  }

  get notReadyReason(): string | undefined {
    const lacksKeys = this.#expected && this.#keeper.keys === undefined;
    return lacksKeys ? 'The keys that tokens are checked with were not loaded yet.' : undefined;
  }

  expectTokens(expected: boolean): void {
    this.#expected = expected || this.#options.alwaysExpected === true;
    if (this.#expected) this.#keeper.start();
    else void this.#keeper.stop();
  }

  useIssuer(baseUrl: string): void {
    const { href } = new URL(baseUrl);
    if (href === this.#access.baseUrl) return;
    this.#access.baseUrl = href;
    this.#keeper.forget();
  }

  trust(bundles: readonly string[]): void {
    this.#access.trustBundles = bundles;
  }

  verify(header: string | undefined, audience: string): TokenVerdict | Promise<TokenVerdict> {
    const found = bearerToken(header, this.#maxTokenBytes);
    if ('problem' in found) return refused(found.problem);
    const { keys } = this.#keeper;
    if (keys === undefined) return { kind: 'no-keys' };
    const key = this.#verified.keyOf(found.token);
    const known = this.#verified.get(key);
    if (known !== undefined) return this.#verdictOn(known, keys, audience);
    const unverified = payloadOf(found.token);
    if (unverified === undefined) return refused('malformed');
    // Before the signature, which costs far more, and before anybody is asked for a key.
    const problem = this.#problemOf(unverified, keys, audience);
    return problem === undefined ? this.#verifySignature(found.token, key, keys, audience) : refused(problem);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keeper[Symbol.asyncDispose]();
  }

  async #verifySignature(token: string, key: string, keys: IssuerKeys, audience: string): Promise<TokenVerdict> {
    let usedKeys = keys;
    let problem = await signatureProblem(token, keys);
    if (problem === 'unknown-key' && (await this.#keeper.lookAgain())) {
      usedKeys = this.#keeper.keys ?? keys;
      problem = await signatureProblem(token, usedKeys);
    }
    const payload = payloadOf(token);
    if (problem !== undefined || payload === undefined) return refused(problem ?? 'malformed');
    const subject = typeof payload['sub'] === 'string' ? payload['sub'] : '';
    const verified = { payload, subject, claims: flattenClaims(payload) };
    // Keys that were taken back meanwhile vouch for nothing any more.
    if (usedKeys === this.#keeper.keys) this.#verified.set(key, verified);
    return this.#verdictOn(verified, usedKeys, audience);
  }

  #verdictOn({ payload, subject, claims }: VerifiedToken, keys: IssuerKeys, audience: string): TokenVerdict {
    const problem = this.#problemOf(payload, keys, audience);
    return problem === undefined ? { kind: 'valid', subject, claims } : refused(problem);
  }

  #problemOf(
    payload: Readonly<Record<string, unknown>>,
    { issuer }: IssuerKeys,
    audience: string,
  ): TokenProblem | undefined {
    return problemOfClaims(payload, {
      issuer,
      audience,
      nowSeconds: this.#wallClock() / 1000,
      expiryToleranceSeconds: this.#options.expiryToleranceSeconds ?? 0,
      clockToleranceSeconds: this.#options.clockToleranceSeconds ?? 60,
    });
  }
}

/** The payload as it stands in a token, whoever wrote it; undefined: it is none. */
function payloadOf(token: string): Readonly<Record<string, unknown>> | undefined {
  try {
    // A critical header may change what the other parts mean, and no issuer of ours has one.
    return decodeProtectedHeader(token).crit === undefined ? decodeJwt(token) : undefined;
  } catch {
    return undefined;
  }
}

async function signatureProblem(token: string, keys: IssuerKeys): Promise<TokenProblem | undefined> {
  try {
    await compactVerify(token, (header) => keys.find(header), { algorithms });
    return undefined;
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'unknown-key';
    if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
    if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) return 'algorithm';
    return 'malformed';
  }
}
