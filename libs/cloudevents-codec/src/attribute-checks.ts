import { CodecError, shown } from './codec-error.ts';
import type { SpecVersion } from './event-view.ts';
import { acceptedTime } from './timestamp.ts';
import { isUriReference } from './uri-reference.ts';

/** The version a `specversion` names; `label` is how the sender wrote the attribute, for the message. */
export function checkedSpecVersion(label: string, value: string): SpecVersion {
  if (value === '1.0' || value === '0.3') return value;
  throw new CodecError('EVENT_UNSUPPORTED_SPECVERSION', `${label} is ${shown(value)}, expected "1.0" or "0.3"`);
}

/** The text to keep of `time`: as sent where it is RFC 3339. */
export function checkedTime(label: string, value: string): string {
  const time = acceptedTime(value);
  if (time !== undefined) return time;
  throw invalidAttribute(label, value, 'an RFC 3339 timestamp such as 2020-07-06T09:23:12Z');
}

/** `source`, `dataschema` and `schemaurl`. */
export function checkedUriReference(label: string, value: string): string {
  if (isUriReference(value)) return value;
  throw invalidAttribute(label, value, 'a URI reference (RFC 3986)');
}

/** What CloudEvents 1.0 wants non-empty: `id`, `source`, `type`, and where present `subject` and `dataschema`. */
export function checkedNonEmpty(label: string, value: string): string {
  if (value !== '') return value;
  throw new CodecError('EVENT_INVALID_ATTRIBUTE', `${label} is empty, expected at least one character`);
}

export function invalidAttribute(label: string, found: string, expected: string): CodecError {
  return new CodecError('EVENT_INVALID_ATTRIBUTE', `${label} is ${shown(found)}, expected ${expected}`);
}

export function missingAttribute(label: string): CodecError {
  return new CodecError('EVENT_MISSING_ATTRIBUTE', `${label} is missing`);
}

export function invalidName(label: string): CodecError {
  return new CodecError(
    'EVENT_INVALID_NAME',
    `${shown(label)} cannot name an attribute, expected only the letters a-z and the digits 0-9`,
  );
}
