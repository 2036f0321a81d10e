/** What is wrong with credentials. */
export type CredentialsErrorCode =
  /** A value is missing or makes no sense: somebody has to change the Secret. */
  | 'CREDENTIALS_INVALID'
  /** The Secret could not be read: it is not there, may not be read, or Kubernetes is away. */
  | 'CREDENTIALS_UNAVAILABLE';

/**
 * The one error class of this library. Its message names the Secret, as far as it is known, and the key, never a value. Test it with
 * {@link isCredentialsError}, not with `instanceof`.
 */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  /** What kind of failure it is. */
  readonly code: CredentialsErrorCode;
  /** The same as conditions and refusals tell it. */
  readonly reason: 'CredentialsInvalid' | 'CredentialsUnavailable';

  constructor(code: CredentialsErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.reason = code === 'CREDENTIALS_INVALID' ? 'CredentialsInvalid' : 'CredentialsUnavailable';
  }
}

/** Whether `error` is a {@link CredentialsError}, of whichever installed copy of this library. */
export function isCredentialsError(error: unknown): error is CredentialsError {
  return error instanceof Error && error.name === 'CredentialsError' && 'code' in error && 'reason' in error;
}

/** A {@link CredentialsError} about what a Secret holds. */
export function invalid(message: string, cause?: unknown): CredentialsError {
  return new CredentialsError('CREDENTIALS_INVALID', message, cause);
}
