/**
 * Why a request was not answered 202: the fixed set of reasons (a metric label) with the status and the text of each.
 * Senders of Knative retry 404, 408, 409, 429 and 5xx and give up on other 4xx, so a status here decides what becomes of an
 * event.
 */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly statusCode: number;
  /** One line for the sender; nothing of our insides. Undecodable events have the codec's text in its place; what is too large, one with sizes. */
  readonly text: string;
  /** Seconds for `Retry-After`; absent where trying again soon cannot help. */
  readonly retryAfterSeconds?: number;
  /** For `WWW-Authenticate`, without a word on what is wrong with a token (RFC 6750). */
  readonly challenge?: string;
}

/** A reason's name, as in metrics and logs. */
export type RefusalReason = keyof typeof table;

const table = {
  // Malformed or unwanted HTTP.
  'malformed-http': { statusCode: 400, text: 'The request is not well-formed HTTP/1.1.' },
  'missing-host': { statusCode: 400, text: 'The request has no Host header, and its path is none of ours.' },
  'repeated-host': { statusCode: 400, text: 'The request has more than one Host header.' },
  'slow-request': { statusCode: 408, text: 'The request did not arrive in time.' },
  'request-line-too-long': { statusCode: 414, text: 'The request line is too long.' },
  'headers-too-large': {
    statusCode: 431,
    text: 'The headers are too large together. Send large extensions in structured mode.',
  },
  'unknown-transfer-coding': { statusCode: 501, text: 'The only Transfer-Encoding taken here is chunked.' },
  'unknown-http-version': { statusCode: 501, text: 'Only HTTP/1.0 and HTTP/1.1 are spoken here.' },
  'compressed-body': { statusCode: 415, text: 'The body has a Content-Encoding; send it as it is.' },
  // Not for us, or not an event.
  'method-not-allowed': { statusCode: 405, text: 'Events are sent with POST.' },
  'wrong-scheme': { statusCode: 404, text: 'Events are not taken over this scheme here.' },
  'no-route': { statusCode: 404, text: 'Nothing receives events at this address.' },
  'no-token': {
    statusCode: 401,
    text: 'Events are taken with a token here, as in "Authorization: Bearer <token>".',
    challenge: 'Bearer',
  },
  'invalid-token': {
    statusCode: 401,
    text: 'The token is not good here.',
    challenge: 'Bearer error="invalid_token"',
  },
  'sender-not-authorized': { statusCode: 403, text: 'This sender may not send events here.' },
  'event-not-authorized': { statusCode: 403, text: 'This sender may not send such events here.' },
  'invalid-event': { statusCode: 400, text: 'The request is not a CloudEvent.' },
  'body-too-large': { statusCode: 413, text: 'The body is too large.' },
  'batch-too-large': { statusCode: 413, text: 'The batch holds too many events.' },
  'record-too-large': { statusCode: 413, text: 'The event is too large for its topic.' },
  'record-refused': {
    statusCode: 400,
    text: 'Kafka refuses the record as it is: a compacted topic wants a key, the extension partitionkey.',
  },
  // An event, but not now.
  'no-token-keys': { statusCode: 500, text: 'Tokens cannot be checked yet.', retryAfterSeconds: 1 },
  'ingress-overloaded': {
    statusCode: 429,
    text: 'Too many events of this ingress are on their way already.',
    retryAfterSeconds: 1,
  },
  overloaded: { statusCode: 503, text: 'Too many events are on their way already.', retryAfterSeconds: 1 },
  stopping: { statusCode: 503, text: 'This receiver is stopping.', retryAfterSeconds: 1 },
  'kafka-unreachable': { statusCode: 503, text: 'Kafka cannot be reached.', retryAfterSeconds: 5 },
  'kafka-timeout': { statusCode: 503, text: 'Kafka did not acknowledge the event in time.', retryAfterSeconds: 5 },
  'kafka-queue-full': { statusCode: 503, text: 'Too many events wait for Kafka already.', retryAfterSeconds: 1 },
  'unknown-topic': { statusCode: 503, text: 'The topic does not exist.', retryAfterSeconds: 10 },
  'kafka-denied': { statusCode: 503, text: 'Kafka refuses this receiver the topic.', retryAfterSeconds: 30 },
  'kafka-failed': { statusCode: 503, text: 'Kafka did not take the event.', retryAfterSeconds: 5 },
  // Never sent: the sender was gone before its event was complete. Nothing is produced.
  'sender-gone': { statusCode: 499, text: 'The sender left before the event was complete.' },
  'internal-error': { statusCode: 500, text: 'The receiver failed.' },
} as const satisfies Record<string, Omit<Refusal, 'reason'>>;

/** Every refusal by its reason. */
export const refusals: { readonly [R in RefusalReason]: Refusal } = Object.freeze(
  Object.fromEntries(Object.entries(table).map(([reason, rest]) => [reason, Object.freeze({ reason, ...rest })])),
) as { readonly [R in RefusalReason]: Refusal };
