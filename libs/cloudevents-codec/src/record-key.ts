import type { AttributeValue } from './event-view.ts';

/** How the bytes of a record's key are read. */
export type RecordKeyType = 'string' | 'integer' | 'double' | 'byte-array';

/**
 * The key of a record as an attribute (dispatcher.md 6): a number only where the bytes have the length of one, text otherwise, base64 for
 * bytes as they are. Undefined when there is no key, and an empty one is none.
 */
export function recordKeyValue(key: Buffer | null, type: RecordKeyType): AttributeValue | undefined {
  if (key === null || key.length === 0) return undefined;
  switch (type) {
    case 'integer':
      return key.length === 4 ? key.readInt32BE() : key.toString();
    case 'double':
      if (key.length === 4) return floatText(key.readFloatBE());
      return key.length === 8 ? decimalText(key.readDoubleBE()) : key.toString();
    case 'byte-array':
      return key.toString('base64');
    case 'string':
      return key.toString();
  }
}

/** The shortest text that means the same 32-bit float. */
function floatText(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return decimalText(shorter);
  }
  return decimalText(value);
}

/** With a fraction, as Java writes it: `1.0`, so that keys do not change when sources move here. */
function decimalText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e7 ? value.toFixed(1) : String(value);
}
