import { DeliveryError } from '@eventing-kafka/delivery';
import { errors } from 'undici';
import { DestinationDenied } from './guarded-lookup.ts';

/** Codes of the operating system and the resolver that mean: no connection. */
const unreachableCodes = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'EMFILE',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Codes of undici for a request that cannot be sent as it is. */
const invalidRequestCodes = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

/** Codes of undici for a sender that was closed. */
const closedCodes = new Set(['UND_ERR_CLOSED', 'UND_ERR_DESTROYED']);

/**
 * The error of a delivery for one of the transport.
 *
 * @param started whether a connection was there and the request had begun
 */
export function toDeliveryError(error: Error, origin: string, started: boolean): DeliveryError {
  const code = codeOf(error);
  if (error instanceof DestinationDenied) {
    return new DeliveryError('DELIVERY_DENIED', `events are not delivered to ${origin}: ${error.message}`, {
      retryable: false,
      cause: error,
    });
  }
  if (invalidRequestCodes.has(code)) {
    return new DeliveryError('DELIVERY_REQUEST_INVALID', `cannot send the request to ${origin}: ${error.message}`, {
      retryable: false,
      cause: error,
    });
  }
  if (closedCodes.has(code)) {
    return new DeliveryError('DELIVERY_CLOSED', `connections to ${origin} are being closed`, {
      retryable: false,
      cause: error,
    });
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || error instanceof errors.HTTPParserError) {
    return new DeliveryError(
      'DELIVERY_RESPONSE_INVALID',
      `the answer of ${origin} is not usable HTTP: ${error.message}`,
      { retryable: true, cause: error },
    );
  }
  // Undici has no code of its own for an unasked 101, and a switch of protocols is a final failure while a lost connection is not.
  if (error instanceof errors.SocketError && error.message === 'bad upgrade') {
    return new DeliveryError('DELIVERY_REFUSED', `${origin} answered 101, a switch of protocols nobody asked for`, {
      retryable: false,
      cause: error,
    });
  }
  if (started) {
    return new DeliveryError(
      'DELIVERY_CONNECTION_LOST',
      `the connection to ${origin} ended before the response was complete: ${error.message}`,
      { retryable: true, cause: error },
    );
  }
  if (origin.startsWith('https:') && !unreachableCodes.has(code)) {
    return new DeliveryError('DELIVERY_TLS', `no TLS connection to ${origin}: ${error.message}`, {
      retryable: true,
      cause: error,
    });
  }
  return new DeliveryError('DELIVERY_UNREACHABLE', `no connection to ${origin}: ${reason(error, code)}`, {
    retryable: true,
    cause: error,
  });
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Several addresses were tried: Node.js reports them together, with an empty message. */
function reason(error: Error, code: string): string {
  return error.message === '' ? code : error.message;
}
