import type { CesqlExpression } from './cesql/cesql.ts';
import type { AttributeReader } from './event-attributes.ts';

/** What an exact, prefix or suffix filter asks of one attribute. */
export interface AttributeTest {
  readonly name: string;
  readonly value: string;
  readonly read: AttributeReader;
}

/** A parsed filter, simplified: no member of `all` or `any` is one of the first two, none has a single member. */
export type Filter =
  | { readonly kind: 'everything' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'exact' | 'prefix' | 'suffix'; readonly tests: readonly AttributeTest[] }
  | { readonly kind: 'all' | 'any'; readonly members: readonly Filter[] }
  | { readonly kind: 'not'; readonly member: Filter }
  | { readonly kind: 'cesql'; readonly expression: CesqlExpression };

/** Passes every event. */
export const everything: Filter = { kind: 'everything' };
/** Passes no event. */
export const nothing: Filter = { kind: 'nothing' };
