/** A lexical unit of an expression. `column` counts UTF-16 units from 1. */
export type Token =
  | { readonly kind: 'keyword'; readonly column: number; readonly end: number; readonly text: Keyword }
  | { readonly kind: 'symbol'; readonly column: number; readonly end: number; readonly text: CesqlSymbol }
  | { readonly kind: 'digits'; readonly column: number; readonly end: number; readonly text: string }
  /** Letters, digits and `_`, in the case it was written. */
  | { readonly kind: 'word'; readonly column: number; readonly end: number; readonly text: string }
  /** The content of a string literal, its delimiter unescaped. */
  | { readonly kind: 'string'; readonly column: number; readonly end: number; readonly text: string }
  | { readonly kind: 'end'; readonly column: number; readonly end: number; readonly text: '' };

/** Words with a meaning of their own, in any case; an attribute of that name cannot be addressed. */
export type Keyword = 'AND' | 'OR' | 'XOR' | 'NOT' | 'LIKE' | 'EXISTS' | 'IN' | 'TRUE' | 'FALSE';

/** Operators and punctuation. */
export type CesqlSymbol = '(' | ')' | ',' | '+' | '-' | '*' | '/' | '%' | '=' | '!=' | '<>' | '<=' | '>=' | '<' | '>';
