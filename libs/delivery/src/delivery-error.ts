/** Why a delivery (or one attempt of it) failed. */
export type DeliveryErrorCode =
  /** No complete response within the time limit of the attempt. */
  | 'DELIVERY_TIMEOUT'
  /** The destination answered with a status that is not a success; the status decides whether a retry makes sense. */
  | 'DELIVERY_REFUSED'
  /** No connection: name not found, connection refused, no route. */
  | 'DELIVERY_UNREACHABLE'
  /** The TLS handshake failed, for instance because the certificate is not trusted. */
  | 'DELIVERY_TLS'
  /** The connection ended or broke before the response was complete. */
  | 'DELIVERY_CONNECTION_LOST'
  /** The answer is not HTTP, or its head is too large. */
  | 'DELIVERY_RESPONSE_INVALID'
  /** A success whose body is larger than allowed, so that a reply in it cannot be read. */
  | 'DELIVERY_RESPONSE_TOO_LARGE'
  /** The request cannot be sent as it is: the URL is not http(s), or a header is malformed. */
  | 'DELIVERY_REQUEST_INVALID'
  /** The destination is one that must not be called: its address lies in a range that is denied, or its name does. */
  | 'DELIVERY_DENIED'
  /** The destination asks for a token, and there is none to send. */
  | 'DELIVERY_TOKEN_UNAVAILABLE'
  /** Too many requests wait for a connection to this destination. */
  | 'DELIVERY_QUEUE_FULL'
  /** The caller withdrew the request. */
  | 'DELIVERY_ABORTED'
  /** The sender was disposed. */
  | 'DELIVERY_CLOSED';

/** Failure of a delivery. Test it with {@link isDeliveryError}: two installed copies of this package defeat `instanceof`. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly code: DeliveryErrorCode;
  /** Whether sending the same request again may succeed. */
  readonly retryable: boolean;

  constructor(
    code: DeliveryErrorCode,
    message: string,
    options: { readonly retryable: boolean; readonly cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable;
  }
}

/** Whether `error` is a {@link DeliveryError}, of this copy of the package or of another. */
export function isDeliveryError(error: unknown): error is DeliveryError {
  return (
    error instanceof Error &&
    error.name === 'DeliveryError' &&
    'code' in error &&
    String(error.code).startsWith('DELIVERY_')
  );
}
