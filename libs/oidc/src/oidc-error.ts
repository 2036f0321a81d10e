/** What went wrong. */
export type OidcErrorCode =
  /** An issuer's discovery document or keys could not be fetched or make no sense. */
  | 'OIDC_KEYS_UNAVAILABLE'
  /** The API server did not issue a token, or could not be asked. */
  | 'OIDC_TOKEN_UNAVAILABLE'
  /** A token for this audience is never given to anybody. */
  | 'OIDC_AUDIENCE_FORBIDDEN';

/** The one error class of this library; its message never holds a token. Test it with {@link isOidcError}, not with `instanceof`. */
export class OidcError extends Error {
  override readonly name = 'OidcError';
  readonly code: OidcErrorCode;
  /** Whether the same may succeed later without anybody changing the request. */
  readonly retryable: boolean;

  constructor(code: OidcErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = code !== 'OIDC_AUDIENCE_FORBIDDEN';
  }
}

/** Whether `error` is an {@link OidcError}, of whichever installed copy of this library. */
export function isOidcError(error: unknown): error is OidcError {
  return error instanceof Error && error.name === 'OidcError' && 'code' in error && 'retryable' in error;
}

/** What an error says, for a message of ours. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
