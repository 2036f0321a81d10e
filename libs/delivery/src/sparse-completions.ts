/** Offsets from `start` up to, not including, `end`. */
export interface OffsetRange {
  readonly start: number;
  readonly end: number;
}

const base64url = /^[A-Za-z0-9_-]*$/;

/**
 * Completed ranges above a position as text: base64url of, for each range in order, two variable-length numbers: how far it
 * starts beyond the end of the one before (the first: beyond the position), and how long it is.
 *
 * Ranges that do not fit `maxLength` characters are left out from the end.
 *
 * @param ranges ascending, not touching, all above `position`
 */
export function encodeCompletions(position: number, ranges: Iterable<OffsetRange>, maxLength: number): string {
  const maxBytes = Math.floor((maxLength * 3) / 4);
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
  return Buffer.from(bytes).toString('base64url');
}

/** Ranges that {@link encodeCompletions} wrote for the same position; undefined for a text it did not write. */
export function decodeCompletions(position: number, text: string): readonly OffsetRange[] | undefined {
  if (!base64url.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  const ranges: OffsetRange[] = [];
  let cursor = position;
  for (let index = 0; index < bytes.length;) {
    const gap = readNumber(bytes, index);
    if (gap === undefined) return undefined;
    const length = readNumber(bytes, gap.next);
    if (length === undefined || gap.value === 0 || length.value === 0) return undefined;
    const start = cursor + gap.value;
    cursor = start + length.value;
    if (!Number.isSafeInteger(cursor)) return undefined;
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
