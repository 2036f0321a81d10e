import type { OAuthToken, OAuthTokenProvider } from '../cluster.ts';
import { KafkaError } from '../kafka-error.ts';

/** The share of a token's remaining life after which the next one is asked for (security.md 1.8). */
const refreshShare = 0.8;
/** Jitter takes up to this share of the wait away, so that clients that started together do not ask together. */
const jitterShare = 0.1;
const retryBounds = { firstMs: 1000, mostMs: 30_000 };

/** Milliseconds until the token after this one is asked for, at least a second. */
export function refreshInMs(token: OAuthToken, nowMs: number, random: () => number): number {
  const left = token.expiresAtMs - nowMs;
  return Math.max(retryBounds.firstMs, left * refreshShare * (1 - random() * jitterShare));
}

/**
 * A token to start with. Rejects with KAFKA_AUTHENTICATION, retriable, when there is none.
 */
export async function firstToken(tokens: OAuthTokenProvider): Promise<OAuthToken> {
  try {
    return await tokens.token();
  } catch (cause) {
    throw new KafkaError('KAFKA_AUTHENTICATION', `no OAUTHBEARER token: ${messageOf(cause)}`, {
      retriable: true,
      cause,
    });
  }
}

/** Who needs tokens. */
export interface TokenUser {
  /** Takes the next token, or throws. */
  readonly use: (token: string) => void;
  /** Hears that there is none for now. */
  readonly failed: (error: KafkaError) => void;
}

/**
 * Gives a client the tokens that follow its first one, until disposed. A token that cannot be had is asked for again, after growing
 * delays: the connections of before go on, and the old token serves while it is good.
 */
export class TokenRefresh implements Disposable {
  readonly #tokens: OAuthTokenProvider;
  readonly #client: TokenUser;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #disposed = false;

  constructor(tokens: OAuthTokenProvider, first: OAuthToken, client: TokenUser) {
    this.#tokens = tokens;
    this.#client = client;
    this.#scheduleAfter(first);
  }

  #scheduleAfter(token: OAuthToken): void {
    this.#schedule(refreshInMs(token, Date.now(), Math.random));
  }

  #schedule(ms: number): void {
    // A token that lasts for weeks is looked at again before a timer overflows.
    this.#timer = setTimeout(() => void this.#refresh(), Math.min(ms, 86_400_000)).unref();
  }

  async #refresh(): Promise<void> {
    try {
      const token = await firstToken(this.#tokens);
      if (this.#disposed) return;
      this.#client.use(token.value);
      this.#failures = 0;
      this.#scheduleAfter(token);
    } catch (error) {
      if (this.#disposed) return;
      this.#client.failed(
        error instanceof KafkaError
          ? error
          : new KafkaError('KAFKA_AUTHENTICATION', `the OAUTHBEARER token is not taken: ${messageOf(error)}`, {
              retriable: true,
              cause: error,
            }),
      );
      this.#failures += 1;
      this.#schedule(Math.min(retryBounds.mostMs, retryBounds.firstMs * 2 ** Math.min(this.#failures - 1, 10)));
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
