/**
 * Why a message was refused:
 *
 * - `EVENT_NOT_AN_EVENT`: nothing in it says CloudEvent.
 * - `EVENT_UNSUPPORTED_MEDIA_TYPE`: a CloudEvents media type other than `application/cloudevents+json`.
 * - `EVENT_UNSUPPORTED_BATCH`: a batch where one event is expected.
 * - `EVENT_EMPTY_BATCH`: a batch without any event.
 * - `EVENT_UNSUPPORTED_SPECVERSION`: a `specversion` other than 1.0 and 0.3.
 * - `EVENT_MISSING_ATTRIBUTE`: a required attribute is absent.
 * - `EVENT_INVALID_ATTRIBUTE`: an attribute or extension has a value its type does not allow.
 * - `EVENT_INVALID_NAME`: an attribute name with anything but `a`–`z` and `0`–`9`.
 * - `EVENT_INVALID_JSON`: the structured body is not one JSON object in UTF-8 or UTF-16.
 * - `EVENT_INVALID_DATA`: `data` or `data_base64` does not fit the rest of the event.
 */
export type CodecErrorCode =
  | 'EVENT_NOT_AN_EVENT'
  | 'EVENT_UNSUPPORTED_MEDIA_TYPE'
  | 'EVENT_UNSUPPORTED_BATCH'
  | 'EVENT_EMPTY_BATCH'
  | 'EVENT_UNSUPPORTED_SPECVERSION'
  | 'EVENT_MISSING_ATTRIBUTE'
  | 'EVENT_INVALID_ATTRIBUTE'
  | 'EVENT_INVALID_NAME'
  | 'EVENT_INVALID_JSON'
  | 'EVENT_INVALID_DATA';

/** The only error this library throws for bad input. `message` is the reason to give the sender: one line of printable text. */
export class CodecError extends Error {
  override readonly name = 'CodecError';
  readonly code: CodecErrorCode;

  constructor(code: CodecErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether a caught value is a {@link CodecError}, of this copy of the library or of another. */
export function isCodecError(error: unknown): error is CodecError {
  return (
    error instanceof Error &&
    error.name === 'CodecError' &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('EVENT_')
  );
}

/** A found text for a message: quoted, at most 40 characters of it, whatever does not print escaped. */
export function shown(value: string): string {
  return printable(JSON.stringify(short(value)));
}

/** A found JSON value for a message: as it was written, so that `2` is told from `"2"`, but on one line; else like {@link shown}. */
export function shownJson(source: string): string {
  return printable(short(source.replace(/[\t\r\n]+ */g, ' ')));
}

function short(value: string): string {
  return (value.length > 40 ? `${value.slice(0, 40)}…` : value).toWellFormed();
}

function printable(text: string): string {
  return text.replace(/\p{C}/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
