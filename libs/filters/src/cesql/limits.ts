/** Longest expression, in UTF-16 units. */
export const maxExpressionLength = 64 * 1024;

/** How deep parentheses, calls, lists and prefix operators may nest. Chains of operators do not count: they are flat. */
export const maxExpressionDepth = 100;

/** Longest text a function may produce, in UTF-16 units: calls of calls could otherwise ask for more than a string can hold. */
export const maxTextLength = 1024 * 1024;
