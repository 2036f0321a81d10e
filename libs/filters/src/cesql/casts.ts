import type { CesqlType, CesqlValue } from './ast.ts';

const integerText = /^[+-]?[0-9]+$/;

/** The integer a text stands for: base 10, ASCII digits, optional sign, 32 bits; `undefined` if it is none. */
export function parseInteger(text: string): number | undefined {
  if (!integerText.test(text)) return undefined;
  const value = Number(text);
  // A zero with a sign is a plain zero.
  return value === (value | 0) ? value | 0 : undefined;
}

/** `true` and `false` in any case; `undefined` for other text. */
export function parseBoolean(text: string): boolean | undefined {
  if (text.length > 5) return undefined;
  const lower = text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}

/** The type of a value. */
export function typeOf(value: CesqlValue): CesqlType {
  return typeof value === 'number' ? 'integer' : typeof value === 'boolean' ? 'boolean' : 'string';
}

/** The value as another type; `undefined` if it cannot be cast. Section 3.5 of CESQL 1.0. */
export function castTo(value: CesqlValue, type: CesqlType): CesqlValue | undefined {
  switch (type) {
    case 'string':
      return String(value);
    case 'integer':
      return typeof value === 'string' ? parseInteger(value) : Number(value);
    case 'boolean':
      return typeof value === 'string' ? parseBoolean(value) : Boolean(value);
  }
}

/** What an expression of a type is worth when it cannot be evaluated. */
export function zeroOf(type: CesqlType): CesqlValue {
  return type === 'string' ? '' : type === 'integer' ? 0 : false;
}
