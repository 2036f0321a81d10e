/** Why webhooks cannot be served. */
export type AdmissionErrorCode =
  /** The port is taken. */
  | 'ADMISSION_PORT_IN_USE'
  /** The address cannot be listened on for another reason; the message names it. */
  | 'ADMISSION_LISTEN_FAILED'
  /** Certificate and key cannot be served with. */
  | 'ADMISSION_CERTIFICATE_UNUSABLE';

/** The webhook server could not be started. Test it with {@link isAdmissionError}. */
export class AdmissionError extends Error {
  override readonly name = 'AdmissionError';
  readonly code: AdmissionErrorCode;

  constructor(code: AdmissionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether `error` is an {@link AdmissionError}, of this copy of the package or of another. */
export function isAdmissionError(error: unknown): error is AdmissionError {
  return (
    error instanceof Error &&
    error.name === 'AdmissionError' &&
    'code' in error &&
    String(error.code).startsWith('ADMISSION_')
  );
}
