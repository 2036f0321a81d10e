import { hash } from 'node:crypto';
import type { TokenClaims } from './token-claims.ts';

/** A token whose signature was found good, as far as it is needed again. */
export interface VerifiedToken {
  /** Decoded and not flattened: what time and audience are checked by each time. */
  readonly payload: Readonly<Record<string, unknown>>;
  readonly claims: TokenClaims;
  readonly subject: string;
}

/**
 * The tokens that were verified lately: a sender uses one for an hour. Keyed by a hash, so that no token stays in memory for it; bounded,
 * the one that was not used for longest goes first.
 */
export class VerifiedTokens {
  readonly #capacity: number;
  readonly #tokens = new Map<string, VerifiedToken>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#tokens.size;
  }

  /** What a token is kept under. */
  keyOf(token: string): string {
    return hash('sha256', token, 'base64');
  }

  get(key: string): VerifiedToken | undefined {
    const known = this.#tokens.get(key);
    if (known !== undefined) {
      this.#tokens.delete(key);
      this.#tokens.set(key, known);
    }
    return known;
  }

  set(key: string, token: VerifiedToken): void {
    this.#tokens.set(key, token);
    for (const oldest of this.#tokens.keys()) {
      if (this.#tokens.size <= this.#capacity) break;
      this.#tokens.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#tokens.delete(key);
  }

  /** The keys changed: whatever was found good by the old ones is to be looked at again. */
  clear(): void {
    this.#tokens.clear();
  }
}
