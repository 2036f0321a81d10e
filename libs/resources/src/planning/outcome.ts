import type { ValuePath } from '../parsing/structural-schema.ts';

/** There is none, because. */
export interface Failure {
  readonly ok: false;
  readonly error: string;
  /** Where the cause is written, from the value that was looked at; empty: that value itself. */
  readonly path: ValuePath;
  /** CamelCase, where the cause has a name of its own; absent: whoever asked has one for it. */
  readonly reason?: string;
}

/** A value, or a sentence that says why there is none. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | Failure;

/** There is a value. */
export function succeeded<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

/** A {@link Failure}. */
export function failed(error: string, path: ValuePath = [], reason?: string): Failure {
  return { ok: false, error, path, ...(reason === undefined ? {} : { reason }) };
}
