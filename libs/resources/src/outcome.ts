/** A value, or a sentence that says why there is none. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: string };

/** There is a value. */
export function succeeded<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

/** There is none, because. */
export function failed(error: string): { readonly ok: false; readonly error: string } {
  return { ok: false, error };
}
