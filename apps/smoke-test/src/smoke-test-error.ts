/** What a smoke test may find. */
export type SmokeTestErrorCode =
  /** The Broker took no event: it is not known, not reachable, or refuses us. */
  | 'SMOKE_TEST_NOT_ACCEPTED'
  /** The Broker took events, and none came back. */
  | 'SMOKE_TEST_NOT_DELIVERED'
  /** The subscriber's address cannot be listened on. */
  | 'SMOKE_TEST_CANNOT_LISTEN';

/** A smoke test failed; the message says how far events got and where to look. */
export class SmokeTestError extends Error {
  override readonly name = 'SmokeTestError';
  readonly code: SmokeTestErrorCode;

  constructor(code: SmokeTestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
