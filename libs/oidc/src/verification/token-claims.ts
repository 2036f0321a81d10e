/**
 * The claims of a verified token as policies look at them (receiver.md 10.3): by name, nested objects with dotted names, each with all
 * its values as text.
 */
export type TokenClaims = ReadonlyMap<string, readonly string[]>;

/** Deeper than any issuer nests; what lies below is left out. */
const maxDepth = 10;

/** Flattens a payload. Of a list, plain elements are values and others are left out; `null` is absent. */
export function flattenClaims(payload: Readonly<Record<string, unknown>>): TokenClaims {
  const claims = new Map<string, string[]>();
  flatten('', payload, claims, 0);
  return claims;
}

function flatten(
  prefix: string,
  object: Readonly<Record<string, unknown>>,
  claims: Map<string, string[]>,
  depth: number,
): void {
  for (const [name, value] of Object.entries(object)) {
    const path = prefix + name;
    if (isObject(value)) {
      if (depth < maxDepth) flatten(`${path}.`, value, claims, depth + 1);
      continue;
    }
    const texts = (Array.isArray(value) ? value : [value]).flatMap(textOf);
    if (texts.length > 0) claims.set(path, [...(claims.get(path) ?? []), ...texts]);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string[] {
  switch (typeof value) {
    case 'string':
      return [value];
    case 'number':
    case 'boolean':
      return [String(value)];
    default:
      return [];
  }
}
