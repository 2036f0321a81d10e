/** What is wrong with a filter. */
export type FilterErrorCode =
  /** A CESQL expression does not parse; `column` and `expected` say where and why. */
  | 'FILTER_SYNTAX'
  /** Deeper than {@link FilterError} allows: dialects or an expression nested beyond the limit. */
  | 'FILTER_TOO_DEEP'
  /** A CESQL expression beyond the size limit. */
  | 'FILTER_TOO_LONG'
  /** A dialect this version does not know. */
  | 'FILTER_UNKNOWN_DIALECT';

/** Where and why a filter is refused. */
export interface FilterErrorDetails {
  /** Path of the offending part below the egress, such as `dialectedFilter[0].all.filters[1].cesql.expression`; `expression` if parsed alone. */
  readonly path?: string;
  /** The CESQL expression. */
  readonly expression?: string;
  /** Where in the expression, counted in UTF-16 units from 1. */
  readonly column?: number;
  /** What would have been right there. */
  readonly expected?: string;
  readonly cause?: unknown;
}

/** A filter that cannot be used: a configuration error of its egress. Test it with {@link isFilterError}. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
  readonly code: FilterErrorCode;
  readonly path: string;
  readonly expression: string | undefined;
  readonly column: number | undefined;
  readonly expected: string | undefined;
  /** The message without the path. */
  readonly problem: string;

  constructor(code: FilterErrorCode, problem: string, details: FilterErrorDetails = {}) {
    const path = details.path ?? 'expression';
    super(`${path}: ${problem}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.path = path;
    this.expression = details.expression;
    this.column = details.column;
    this.expected = details.expected;
    this.problem = problem;
  }
}

/** Whether `error` is a {@link FilterError}, of this copy of the package or of another. */
export function isFilterError(error: unknown): error is FilterError {
  return (
    error instanceof Error &&
    error.name === 'FilterError' &&
    'code' in error &&
    String(error.code).startsWith('FILTER_')
  );
}
