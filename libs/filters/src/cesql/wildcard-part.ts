import { width } from './code-points.ts';

/**
 * Part of a `LIKE` pattern with `_` in it, and the search for it: Shift-And, bit-parallel. Bit n of the state is set when the last
 * n + 1 characters match the first n + 1 of the part, so that the text is passed over once whatever the part is; going back after a
 * mismatch would be quadratic for parts like `aaaa_b`. Costs (part / 32) for each character, and memory in proportion to the part:
 * characters that occur often in it have a bit mask, the others a list of places.
 */
export class WildcardPart {
  /** `undefined` stands for `_`. */
  readonly codePoints: readonly (number | undefined)[];
  readonly #anywhere: Int32Array;
  readonly #masks = new Map<number, Int32Array>();
  readonly #places = new Map<number, readonly number[]>();

  constructor(codePoints: readonly (number | undefined)[]) {
    this.codePoints = codePoints;
    const words = Math.ceil(codePoints.length / 32);
    this.#anywhere = new Int32Array(words);
    const places = new Map<number, number[]>();
    codePoints.forEach((codePoint, place) => {
      if (codePoint === undefined) {
        setBit(this.#anywhere, place);
        return;
      }
      const known = places.get(codePoint);
      if (known === undefined) places.set(codePoint, [place]);
      else known.push(place);
    });
    for (const [codePoint, list] of places) {
      if (list.length <= words) {
        this.#places.set(codePoint, list);
        continue;
      }
      const mask = this.#anywhere.slice();
      for (const place of list) setBit(mask, place);
      this.#masks.set(codePoint, mask);
    }
  }

  /** Where the part ends at its leftmost place from `from` on, else -1. */
  endOfFirst(text: string, from: number): number {
    const shifted = new Int32Array(this.#anywhere.length);
    const last = this.codePoints.length - 1;
    for (let at = from; at < text.length;) {
      const codePoint = text.codePointAt(at) ?? 0;
      at += width(codePoint);
      shiftLeft(shifted);
      // Bits of places in a list are looked at before the mask clears them.
      const kept = this.#places.get(codePoint)?.filter((place) => hasBit(shifted, place)) ?? [];
      const mask = this.#masks.get(codePoint) ?? this.#anywhere;
      for (let word = 0; word < mask.length; word++) shifted[word] = (shifted[word] ?? 0) & (mask[word] ?? 0);
      for (const place of kept) setBit(shifted, place);
      if (hasBit(shifted, last)) return at;
    }
    return -1;
  }
}

/** All bits one place up, and bit 0 set: a match may begin anywhere. */
function shiftLeft(bits: Int32Array): void {
  let carry = 1;
  for (let word = 0; word < bits.length; word++) {
    const before = bits[word] ?? 0;
    bits[word] = (before << 1) | carry;
    carry = before >>> 31;
  }
}

function setBit(bits: Int32Array, place: number): void {
  const word = place >>> 5;
  bits[word] = (bits[word] ?? 0) | (1 << (place & 31));
}

function hasBit(bits: Int32Array, place: number): boolean {
  return ((bits[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0;
}
