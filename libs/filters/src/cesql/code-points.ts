/** UTF-16 units of a code point. */
export function width(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1;
}

/** Where the code point before `at` begins, -1 at the beginning of the text. */
export function previousCodePoint(text: string, at: number): number {
  if (at <= 0) return -1;
  return at >= 2 && (text.codePointAt(at - 2) ?? 0) > 0xffff ? at - 2 : at - 1;
}
