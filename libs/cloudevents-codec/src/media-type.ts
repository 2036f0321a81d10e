/** What a `Content-Type` says about how an event lies in the message that carries it. */
export type MessageKind = 'structured' | 'batch' | 'unsupported' | 'other';

/** The media type of structured mode, as this library writes it. */
export const structuredMediaType = 'application/cloudevents+json';

const cloudEventsPrefix = /^[ \t]*application\/cloudevents/i;
const json = /^[ \t]*[^;/ \t]+\/(?:[^;]*\+)?json[ \t]*(?:;|$)/i;

/**
 * Media types are compared without case, blanks around them or parameters (receiver.md F-16). Everything that begins like a
 * CloudEvents media type and is neither JSON form is `unsupported`: guessing would store an event that no reader
 * understands.
 */
export function messageKind(contentType: string | undefined): MessageKind {
  if (contentType === undefined || contentType.length < 23 || !cloudEventsPrefix.test(contentType)) return 'other';
  const semicolon = contentType.indexOf(';');
  const mediaType = (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
  if (mediaType === structuredMediaType) return 'structured';
  return mediaType === 'application/cloudevents-batch+json' ? 'batch' : 'unsupported';
}

/**
 * Whether data of this content type is JSON: the subtype is `json` or ends in `+json`, in any case (receiver.md F-18,
 * dispatcher.md 6). No content type at all counts as JSON (CloudEvents JSON format 3.1); an empty one does not.
 */
export function isJsonContentType(contentType: string | undefined): boolean {
  return contentType === undefined || contentType === 'application/json' || json.test(contentType);
}
