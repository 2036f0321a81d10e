/** Why a viewer could not be started. */
export type EventViewerErrorCode = 'EVENT_VIEWER_PORT_IN_USE' | 'EVENT_VIEWER_LISTEN_FAILED';

/** The viewer could not be started; the message says what to change. */
export class EventViewerError extends Error {
  override readonly name = 'EventViewerError';
  readonly code: EventViewerErrorCode;

  constructor(code: EventViewerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether a value is an {@link EventViewerError}, also one of another copy of this library. */
export function isEventViewerError(value: unknown): value is EventViewerError {
  return (
    value instanceof Error &&
    value.name === 'EventViewerError' &&
    'code' in value &&
    typeof value.code === 'string' &&
    value.code.startsWith('EVENT_VIEWER_')
  );
}
