import { isUtf8 } from 'node:buffer';
import { CodecError } from './codec-error.ts';
import { endOfJsonValue, skipJsonBlanks } from './json-scanner.ts';

/**
 * The UTF-8 bytes of a JSON text, without byte order mark; the buffer itself where it already is that. The encoding is found
 * from the bytes: UTF-8, or UTF-16 of either order with or without mark (receiver.md 5.3, D-35). A `charset` parameter has
 * no say.
 */
export function utf8OfJsonText(body: Buffer): Buffer {
  const [first, second] = body;
  if (first === 0xef && second === 0xbb && body[2] === 0xbf) return checkedUtf8(body.subarray(3));
  if (body.length % 2 === 0) {
    if (first === 0xff && second === 0xfe) return utf8OfUtf16(body.subarray(2));
    if (first === 0xfe && second === 0xff) return utf8OfUtf16(Buffer.from(body.subarray(2)).swap16());
    // A JSON text begins with an ASCII character, so a zero beside it tells the width and the order.
    if (first === 0 && second !== 0) return utf8OfUtf16(Buffer.from(body).swap16());
    if (first !== 0 && second === 0) return utf8OfUtf16(body);
  }
  return checkedUtf8(body);
}

/** Whether bytes are one JSON value in UTF-8, blanks around it allowed, nested at most `maxDepth` levels. */
export function isJsonText(bytes: Buffer, maxDepth: number): boolean {
  const end = endOfJsonValue(bytes, 0, maxDepth);
  return end > 0 && skipJsonBlanks(bytes, end) === bytes.length && isUtf8(bytes);
}

function checkedUtf8(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return bytes;
  throw new CodecError('EVENT_INVALID_JSON', 'the body is not JSON: its bytes are neither UTF-8 nor UTF-16');
}

function utf8OfUtf16(bytes: Buffer): Buffer {
  const text = bytes.toString('utf16le');
  if (text.isWellFormed()) return Buffer.from(text);
  throw new CodecError('EVENT_INVALID_JSON', 'the body is not JSON: it is UTF-16 with a lone surrogate');
}
