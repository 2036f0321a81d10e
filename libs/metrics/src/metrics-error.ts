/** Why metrics could not be started. */
export type MetricsErrorCode =
  'METRICS_PORT_IN_USE' | 'METRICS_PORT_FORBIDDEN' | 'METRICS_HOST_UNKNOWN' | 'METRICS_LISTEN_FAILED';

/** The admin server could not be started; the message says what to change. */
export class MetricsError extends Error {
  override readonly name = 'MetricsError';
  readonly code: MetricsErrorCode;

  constructor(code: MetricsErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether a value is a {@link MetricsError}, also one of another copy of this library. */
export function isMetricsError(value: unknown): value is MetricsError {
  return (
    value instanceof Error &&
    value.name === 'MetricsError' &&
    'code' in value &&
    typeof value.code === 'string' &&
    value.code.startsWith('METRICS_')
  );
}
