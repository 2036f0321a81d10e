/** The public names of `@eventing-kafka/filters`, listed one by one. */
export type { CesqlNode, CesqlStep, CesqlType, CesqlValue } from './cesql/ast.ts';
export { evaluateCesql, parseCesql, passesCesql } from './cesql/cesql.ts';
export type { CesqlError, CesqlExpression, CesqlOptions, CesqlResult } from './cesql/cesql.ts';
export { correlationIdFunction, verifyCorrelationId } from './cesql/correlation-id.ts';
export type { CorrelationKeys } from './cesql/correlation-id.ts';
export type { CesqlErrorKind, CesqlFunction, ReportError } from './cesql/function.ts';
export { evaluate } from './evaluate.ts';
export type { AttributeValue, EventAttributes } from './event-attributes.ts';
export { FilterError, isFilterError } from './filter-error.ts';
export type { FilterErrorCode, FilterErrorDetails } from './filter-error.ts';
export { filterKey } from './filter-key.ts';
export type { AttributeTest, Filter } from './filter.ts';
export { missingFunctions } from './missing-functions.ts';
export { parseFilters } from './parse-filters.ts';
export type { AttributesLike, DialectedFilterLike, FilteredLike } from './parse-filters.ts';
