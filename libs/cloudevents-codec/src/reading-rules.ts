/**
 * How strictly a message is read. A sender can be told what is wrong and try again, so a request is held to CloudEvents 1.0.
 * A record or a reply cannot be handed back: there whatever upstream lets through is let through, or events that are already
 * stored would be lost in a migration (dispatcher.md 6 and 12). The table in the README lists each difference.
 */
export interface ReadingRules {
  /** Accept empty `id`, `source`, `type`, `subject` and `dataschema`. */
  readonly emptyValues: boolean;
  /** Accept a `%` that begins no escape, as the text it is. */
  readonly strayPercent: boolean;
  /** Accept text behind the JSON object of a structured message. */
  readonly trailingText: boolean;
  /** Take objects and arrays as extension values, as their compact JSON text. */
  readonly jsonExtensions: boolean;
  /** Take lone surrogates in JSON strings, as U+FFFD. */
  readonly loneSurrogates: boolean;
  /** Accept NUL in attribute values. Clients in C cut a header value there, so it must not get into a record. */
  readonly nul: boolean;
  /** Keep a `datacontentencoding` of version 0.3 that is not `base64` as an extension. */
  readonly otherEncodings: boolean;
}

/** For HTTP requests (receiver.md 5 with F-16). */
export const requestRules: ReadingRules = {
  emptyValues: false,
  strayPercent: false,
  trailingText: false,
  jsonExtensions: false,
  loneSurrogates: false,
  nul: false,
  otherEncodings: false,
};

/** For HTTP responses (dispatcher.md 12). */
export const replyRules: ReadingRules = {
  emptyValues: true,
  strayPercent: true,
  trailingText: true,
  jsonExtensions: true,
  loneSurrogates: true,
  nul: false,
  otherEncodings: true,
};

/** For Kafka records (dispatcher.md 6). */
export const recordRules: ReadingRules = { ...replyRules, nul: true };
