import { WildcardPart } from './wildcard-part.ts';
import { previousCodePoint, width } from './code-points.ts';

/**
 * The pattern of a `LIKE`, cut at each `%`. With one part there is no `%`, and the part is the whole text. Else the first part
 * begins the text, the last ends it, and those between follow each other in it, as early as possible.
 */
export interface LikePattern {
  /** The pattern as written. */
  readonly source: string;
  readonly parts: readonly LikePart[];
}

/** Literal text, or a part with `_` in it. */
export type LikePart = string | WildcardPart;

/** `%` any run, `_` one code point; `\%` and `\_` stand for themselves, a backslash before anything else too. */
export function likePattern(source: string): LikePattern {
  const parts: LikePart[] = [];
  let part: (number | undefined)[] = [];
  const codePoints = Array.from(source, (character) => character.codePointAt(0) ?? 0);
  for (let index = 0; index < codePoints.length; index++) {
    const codePoint = codePoints[index];
    const next = codePoints[index + 1];
    if (codePoint === backslash && (next === percent || next === underscore)) {
      part.push(next);
      index++;
    } else if (codePoint === percent) {
      parts.push(simplest(part));
      part = [];
    } else {
      part.push(codePoint === underscore ? undefined : codePoint);
    }
  }
  parts.push(simplest(part));
  return { source, parts };
}

/**
 * Whether the whole text matches. Takes the leftmost place for each part and never goes back, which finds a match if there is one;
 * the cost is that of searching each part once: linear for literal ones, and (text × part / 32) for those with `_`.
 */
export function matchesLike(text: string, pattern: LikePattern): boolean {
  const { parts } = pattern;
  const [first = ''] = parts;
  let at = matchAt(text, 0, first);
  if (parts.length === 1) return at === text.length;
  const last = parts[parts.length - 1] ?? '';
  const end = matchBefore(text, last);
  if (at === -1 || end === -1 || at > end) return false;
  for (let index = 1; index < parts.length - 1; index++) {
    at = searchFrom(text, at, parts[index] ?? '');
    if (at === -1 || at > end) return false;
  }
  return true;
}

const percent = 0x25;
const underscore = 0x5f;
const backslash = 0x5c;

function simplest(part: readonly (number | undefined)[]): LikePart {
  return part.every((codePoint) => codePoint !== undefined)
    ? part.map((codePoint) => String.fromCodePoint(codePoint)).join('')
    : new WildcardPart(part);
}

/** Where the part ends if it stands at `at`, else -1. */
function matchAt(text: string, at: number, part: LikePart): number {
  if (typeof part === 'string') return text.startsWith(part, at) ? at + part.length : -1;
  for (const wanted of part.codePoints) {
    const codePoint = text.codePointAt(at);
    if (codePoint === undefined || (wanted !== undefined && wanted !== codePoint)) return -1;
    at += width(codePoint);
  }
  return at;
}

/** Where the part begins if the text ends with it, else -1. */
function matchBefore(text: string, part: LikePart): number {
  if (typeof part === 'string') return text.endsWith(part) ? text.length - part.length : -1;
  let at = text.length;
  for (let index = part.codePoints.length - 1; index >= 0; index--) {
    const wanted = part.codePoints[index];
    const start = previousCodePoint(text, at);
    if (start === -1 || (wanted !== undefined && wanted !== text.codePointAt(start))) return -1;
    at = start;
  }
  return at;
}

/** Where the part ends at its leftmost place from `at` on, else -1. */
function searchFrom(text: string, at: number, part: LikePart): number {
  if (typeof part !== 'string') return part.endOfFirst(text, at);
  const found = text.indexOf(part, at);
  return found === -1 ? -1 : found + part.length;
}
