import type { InClusterClient } from '@eventing-kafka/in-cluster';
import type { Logger } from '@eventing-kafka/logging';
import { isOidcError, messageOf, OidcError } from '../oidc-error.ts';
import { requestToken, type IssuedToken, type TokenAccount } from './token-request.ts';

/** What {@link createTokenSource} works with. */
export interface TokenSourceOptions {
  readonly inCluster: InClusterClient;
  readonly logger: Logger;
  /** Tokens that are kept; those not used for longest go first. Default 1000. */
  readonly maxTokens?: number;
  /** Milliseconds that the API server may take. Default 5000. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds since 1970; the clock when absent. */
  readonly wallClock?: () => number;
}

/** Tokens of ServiceAccounts to send along, shared by all who send. */
export interface TokenSource {
  /**
   * A token that is good now: at once if there is one, else by a promise. Everybody who asks for the same waits for one request.
   *
   * @throws OidcError (by the promise) `OIDC_TOKEN_UNAVAILABLE`, to be tried again, or `OIDC_AUDIENCE_FORBIDDEN`, which will not change
   */
  token(account: TokenAccount): string | Promise<string>;
  /** Who should take it answered 401: the next who asks gets another one, unless this one was issued just now and another would fare no better. */
  rejected(account: TokenAccount, token: string): void;
}

interface HeldToken extends IssuedToken {
  readonly issuedAtMs: number;
  /** When it is to be replaced in the background. */
  readonly staleAtMs: number;
}

/** Share of its lifetime after which a token is replaced. */
const staleShare = 0.8;
/** A token that ends sooner is not sent any more: it may take a while to be looked at. */
const spareMs = 10_000;
/** Between two requests for the same account, where the first failed or its token was rejected. */
const pauseMs = 1_000;
const pauseAfterRejectionMs = 10_000;

/** A source of tokens; it opens nothing and sets no timers: what nobody uses is not refreshed. */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  return new SharedTokens(options);
}

class SharedTokens implements TokenSource {
  readonly #options: TokenSourceOptions;
  readonly #maxTokens: number;
  readonly #wallClock: () => number;
  readonly #held = new Map<string, HeldToken>();
  readonly #asking = new Map<string, Promise<string>>();
  readonly #failed = new Map<string, { readonly error: OidcError; readonly untilMs: number }>();

  constructor(options: TokenSourceOptions) {
    this.#options = options;
    this.#maxTokens = options.maxTokens ?? 1000;
    this.#wallClock = options.wallClock ?? Date.now;
  }

  token(account: TokenAccount): string | Promise<string> {
    const key = keyOf(account);
    const held = this.#held.get(key);
    const nowMs = this.#wallClock();
    if (held === undefined || held.expiresAtMs - spareMs <= nowMs) return this.#ask(key, account);
    this.#held.delete(key);
    this.#held.set(key, held);
    // The one at hand is good, whatever becomes of the request for the next; a failure is logged there.
    if (held.staleAtMs <= nowMs) this.#ask(key, account).catch(() => undefined);
    return held.token;
  }

  rejected(account: TokenAccount, token: string): void {
    const key = keyOf(account);
    const held = this.#held.get(key);
    if (held?.token !== token || this.#wallClock() - held.issuedAtMs < pauseAfterRejectionMs) return;
    this.#held.delete(key);
  }

  #ask(key: string, account: TokenAccount): Promise<string> {
    const asking = this.#asking.get(key);
    if (asking !== undefined) return asking;
    const failed = this.#failed.get(key);
    if (failed !== undefined && this.#wallClock() < failed.untilMs) return Promise.reject(failed.error);
    const asked = this.#request(key, account).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asked);
    return asked;
  }

  async #request(key: string, account: TokenAccount): Promise<string> {
    const { inCluster, logger, requestTimeoutMs = 5000 } = this.#options;
    const issuedAtMs = this.#wallClock();
    const late = AbortSignal.timeout(requestTimeoutMs);
    try {
      const { token, expiresAtMs } = await requestToken(inCluster, account, late);
      const staleAtMs = issuedAtMs + (expiresAtMs - issuedAtMs) * staleShare;
      this.#failed.delete(key);
      this.#held.delete(key);
      this.#held.set(key, { token, expiresAtMs, issuedAtMs, staleAtMs });
      dropOldest(this.#held, this.#maxTokens);
      return token;
    } catch (cause) {
      const error = late.aborted
        ? unavailable(account, `the API server did not answer within ${requestTimeoutMs / 1000} s`, cause)
        : isOidcError(cause)
          ? cause
          : unavailable(account, messageOf(cause), cause);
      this.#failed.set(key, { error, untilMs: this.#wallClock() + pauseMs });
      dropOldest(this.#failed, this.#maxTokens);
      logger.warn('no token to send', { ...account, error });
      throw error;
    }
  }
}

function unavailable({ namespace, serviceAccount, audience }: TokenAccount, why: string, cause: unknown): OidcError {
  const message = `No token of ServiceAccount ${namespace}/${serviceAccount} for audience ${audience}: ${why}`;
  return new OidcError('OIDC_TOKEN_UNAVAILABLE', message, cause);
}

function keyOf({ namespace, serviceAccount, audience }: TokenAccount): string {
  // Names of Kubernetes hold no line breaks.
  return `${namespace}\n${serviceAccount}\n${audience}`;
}

function dropOldest(map: Map<string, unknown>, capacity: number): void {
  for (const key of map.keys()) {
    if (map.size <= capacity) return;
    map.delete(key);
  }
}
