/** What a status code of a destination means for the delivery. */
export type ResponseClass =
  /** Delivered; the body may hold a reply. */
  | 'answered'
  /** Delivered; whatever the body holds is ignored (202). */
  | 'accepted'
  /** Failed, and the same request may succeed later. */
  | 'retryable'
  /** Failed for good: 101, every 3xx (never followed) and the other 4xx. */
  | 'refused';

/**
 * Class of an HTTP status code: 2xx is a success (202 without a reply); 404, 408, 409, 429 and everything from 500 up is
 * tried again; the rest is a final failure. Follows the delivery retry rules of the Knative Eventing data plane.
 */
export function responseClass(statusCode: number): ResponseClass {
  if (statusCode >= 200 && statusCode < 300) return statusCode === 202 ? 'accepted' : 'answered';
  if (statusCode >= 500) return 'retryable';
  switch (statusCode) {
    case 404:
    case 408:
    case 409:
    case 429:
      return 'retryable';
    default:
      return 'refused';
  }
}

/** Whether the status code means that the destination took the event. */
export function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode < 300;
}
