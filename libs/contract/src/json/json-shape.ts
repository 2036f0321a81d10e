/**
 * What a value of the protobuf JSON form may be. `text`: a string, also written as number or boolean; `integer`: a whole number, also as
 * digits in a string; `flag`: true or false; `choice`: an enum, by name or number; `map`: texts by name.
 */
export type JsonShape =
  | 'text'
  | 'integer'
  | 'flag'
  | 'choice'
  | 'map'
  | { readonly kind: 'list'; readonly of: JsonShape }
  | { readonly kind: 'message'; readonly fields: () => JsonFields };

/** Shapes by the name a field has in the `.proto`. */
export type JsonFields = Readonly<Record<string, JsonShape>>;

/** Values of one shape, in brackets. */
export function listOf(shape: JsonShape): JsonShape {
  return { kind: 'list', of: shape };
}

/** A message; its fields are asked for late, because filters hold filters. */
export function message(fields: () => JsonFields): JsonShape {
  return { kind: 'message', fields };
}
