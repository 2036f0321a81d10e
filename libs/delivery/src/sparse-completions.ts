/** Offsets from `start` up to, not including, `end`. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

const version = 'ek1';
const base64url = /^[A-Za-z0-9_-]*$/;

/**
 * Completed ranges above a commit position as text for the commit's metadata: `ek1:<position, base 36>:<base64url>`, where the
 * bytes are, for each range in order, two variable-length numbers: how far it starts beyond the end of the one before (the
 * first: beyond the position), and how long it is. The position is repeated in the text because a tool that moves the group
 * may keep the metadata, and completions read against the wrong position would skip events.
 *
 * Ranges that do not fit `maxLength` characters are left out from the end: their events are delivered again after a crash. No
 * range at all gives the empty text.
 *
 * @param ranges ascending, not touching, all above `position`
 */
export function encodeCompletions(position: number, ranges: Iterable<OffsetRange>, maxLength: number): string {
  const head = `${version}:${position.toString(36)}:`;
  const maxBytes = Math.floor(((maxLength - head.length) * 3) / 4);
  const bytes: number[] = [];
  let cursor = position;
  for (const { start, end } of ranges) {
    const before = bytes.length;
    appendNumber(bytes, start - cursor);
    appendNumber(bytes, end - start);
    if (bytes.length > maxBytes) {
      bytes.length = before;
      break;
    }
    cursor = end;
  }
  return bytes.length === 0 ? '' : head + Buffer.from(bytes).toString('base64url');
}

/**
 * Ranges that {@link encodeCompletions} wrote for the same position. Anything else (no metadata, that of another program, of
 * another position, damaged) gives none, so that the events are delivered again rather than skipped.
 */
export function decodeCompletions(position: number, metadata: string): readonly OffsetRange[] {
  const [writer, at, text] = metadata.split(':', 3);
  if (writer !== version || at !== position.toString(36) || text === undefined || !base64url.test(text)) return [];
  const bytes = Buffer.from(text, 'base64url');
  const ranges: OffsetRange[] = [];
  let cursor = position;
  for (let index = 0; index < bytes.length;) {
    const gap = readNumber(bytes, index);
    if (gap === undefined) return [];
    const length = readNumber(bytes, gap.next);
    if (length === undefined || gap.value === 0 || length.value === 0) return [];
    const start = cursor + gap.value;
    cursor = start + length.value;
    if (!Number.isSafeInteger(cursor)) return [];
    ranges.push({ start, end: cursor });
    index = length.next;
  }
  return ranges;
}

/** LEB128, by arithmetic: offsets are wider than the 32 bits of bit operators. */
function appendNumber(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

function readNumber(bytes: Buffer, index: number): { readonly value: number; readonly next: number } | undefined {
  let value = 0;
  let scale = 1;
  for (let at = index; at < bytes.length && at < index + 8; at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return Number.isSafeInteger(value) ? { value, next: at + 1 } : undefined;
    scale *= 0x80;
  }
  return undefined;
}
