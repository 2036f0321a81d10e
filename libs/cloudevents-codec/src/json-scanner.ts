/** How deep JSON may nest, the event itself being the first level (receiver.md 5.3). */
export const maxJsonDepth = 1000;

const maxNumberLength = 1000;
const tooDeep = Number.MIN_SAFE_INTEGER;
const numberTooLong = Number.MIN_SAFE_INTEGER + 1;

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** 1 for the bytes that stand in a string as they are: all but control characters, quote and backslash. */
const asItIs = new Uint8Array(256).fill(1, 0x20);
asItIs[quote] = 0;
asItIs[backslash] = 0;

/**
 * A scanner that finds where the values of a JSON text (RFC 8259) begin and end, without building them: so the data of an
 * event keeps its bytes, its number forms and its blanks. Positions are byte offsets into well-formed UTF-8; a negative
 * result is a failure for {@link describeJsonFailure}. It does not recurse, so that depth costs memory and no stack.
 */
export function endOfJsonValue(bytes: Uint8Array, start: number, maxDepth = maxJsonDepth): number {
  const closers: number[] = [];
  let at = start;
  for (;;) {
    at = skipJsonBlanks(bytes, at);
    const first = bytes[at];
    if (first === openBrace || first === openBracket) {
      if (closers.length >= maxDepth) return tooDeep;
      const closer = first === openBrace ? closeBrace : closeBracket;
      at = skipJsonBlanks(bytes, at + 1);
      if (bytes[at] !== closer) {
        closers.push(closer);
        if (closer === closeBrace) at = endOfJsonKey(bytes, at);
        if (at < 0) return at;
        continue;
      }
      at++;
    } else {
      at = endOfScalar(bytes, at);
      if (at < 0) return at;
    }
    for (;;) {
      const closer = closers.at(-1);
      if (closer === undefined) return at;
      at = skipJsonBlanks(bytes, at);
      const next = bytes[at];
      if (next === comma) {
        at++;
        if (closer === closeBrace) at = endOfJsonKey(bytes, skipJsonBlanks(bytes, at));
        if (at < 0) return at;
        break;
      }
      if (next !== closer) return ~at;
      closers.pop();
      at++;
    }
  }
}

/** The end of a member's name and the colon behind it. */
export function endOfJsonKey(bytes: Uint8Array, start: number): number {
  const end = endOfJsonString(bytes, start);
  if (end < 0) return end;
  const at = skipJsonBlanks(bytes, end);
  return bytes[at] === colon ? at + 1 : ~at;
}

/** The position of the first byte that is no JSON white space. */
export function skipJsonBlanks(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** The end of the string that begins at `start`, its closing quote included. */
export function endOfJsonString(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== quote) return ~start;
  const length = bytes.length;
  let at = start + 1;
  for (;;) {
    // The bulk of most texts is in strings: one look into a table a byte.
    while (at < length && asItIs[bytes[at] ?? 0] === 1) at++;
    const byte = bytes[at];
    if (byte === quote) return at + 1;
    if (byte !== backslash) return ~at;
    at = endOfEscape(bytes, at);
    if (at < 0) return at;
  }
}

function endOfEscape(bytes: Uint8Array, start: number): number {
  const escape = bytes[start + 1];
  if (escape !== 0x75) return isSimpleEscape(escape) ? start + 2 : ~Math.min(start + 1, bytes.length);
  for (let at = start + 2; at < start + 6; at++) if (!isHexDigit(bytes[at])) return ~Math.min(at, bytes.length);
  return start + 6;
}

/** What a negative result of the scanner means, for the sender of the text. */
export function describeJsonFailure(bytes: Uint8Array, failure: number): string {
  if (failure === tooDeep) return `it nests deeper than ${maxJsonDepth} levels`;
  if (failure === numberTooLong) return `it holds a number of more than ${maxNumberLength} digits`;
  const at = ~failure;
  const byte = bytes[at];
  if (byte === undefined) return `it ends too early, at byte ${at}`;
  const found =
    byte > 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `byte 0x${byte.toString(16).padStart(2, '0')}`;
  return `unexpected ${found} at byte ${at}`;
}

/** The JSON value between two positions without the blanks between its tokens. Numbers and strings keep their text. */
export function compactJson(bytes: Buffer, start: number, end: number): string {
  const compact = Buffer.allocUnsafe(end - start);
  let length = 0;
  let at = start;
  while ((at = skipJsonBlanks(bytes, at)) < end) {
    const tokenEnd = bytes[at] === quote ? endOfJsonString(bytes, at) : at + 1;
    length += bytes.copy(compact, length, at, tokenEnd);
    at = tokenEnd;
  }
  return compact.toString('utf8', 0, length);
}

function endOfScalar(bytes: Uint8Array, start: number): number {
  switch (bytes[start]) {
    case quote:
      return endOfJsonString(bytes, start);
    case 0x74:
      return endOfWord(bytes, start, 'true');
    case 0x66:
      return endOfWord(bytes, start, 'false');
    case 0x6e:
      return endOfWord(bytes, start, 'null');
    default:
      return endOfNumber(bytes, start);
  }
}

function endOfWord(bytes: Uint8Array, start: number, word: string): number {
  for (let at = 1; at < word.length; at++) if (bytes[start + at] !== word.charCodeAt(at)) return ~(start + at);
  return start + word.length;
}

function endOfNumber(bytes: Uint8Array, start: number): number {
  let at = start;
  if (bytes[at] === 0x2d) at++;
  if (bytes[at] === 0x30) {
    at++;
  } else {
    at = endOfDigits(bytes, at);
    if (at < 0) return at;
  }
  if (bytes[at] === 0x2e) {
    at = endOfDigits(bytes, at + 1);
    if (at < 0) return at;
  }
  if (bytes[at] === 0x65 || bytes[at] === 0x45) {
    at++;
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++;
    at = endOfDigits(bytes, at);
    if (at < 0) return at;
  }
  return at - start > maxNumberLength ? numberTooLong : at;
}

function endOfDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at];
    if (byte === undefined || byte < 0x30 || byte > 0x39) break;
    at++;
  }
  return at === start ? ~at : at;
}

function isHexDigit(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    ((byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66))
  );
}

/** One of `"`, `\`, `/`, `b`, `f`, `n`, `r`, `t`. */
function isSimpleEscape(byte: number | undefined): boolean {
  switch (byte) {
    case 0x22:
    case 0x5c:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return true;
    default:
      return false;
  }
}
