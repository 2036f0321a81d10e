import { passesCesql } from './cesql/cesql.ts';
import type { CesqlErrorKind } from './cesql/function.ts';
import type { EventAttributes } from './event-attributes.ts';
import type { Filter } from './filter.ts';

/**
 * Whether an event passes. Never throws (as long as the event's `attribute` does not). A missing attribute matches no value, so `not`
 * of it passes. A CESQL expression passes only if it is true, or casts to true, and nothing went wrong in it.
 *
 * @param onCesqlError told the kind of the first error of each CESQL expression that had one; for metrics
 */
export function evaluate(
  filter: Filter,
  event: EventAttributes,
  onCesqlError?: (kind: CesqlErrorKind) => void,
): boolean {
  switch (filter.kind) {
    case 'everything':
      return true;
    case 'nothing':
      return false;
    case 'exact':
      for (const { name, value, read } of filter.tests) if (read(event, name) !== value) return false;
      return true;
    case 'prefix':
      for (const { name, value, read } of filter.tests) if (read(event, name)?.startsWith(value) !== true) return false;
      return true;
    case 'suffix':
      for (const { name, value, read } of filter.tests) if (read(event, name)?.endsWith(value) !== true) return false;
      return true;
    case 'all':
      for (const member of filter.members) if (!evaluate(member, event, onCesqlError)) return false;
      return true;
    case 'any':
      for (const member of filter.members) if (evaluate(member, event, onCesqlError)) return true;
      return false;
    case 'not':
      return !evaluate(filter.member, event, onCesqlError);
    case 'cesql':
      return passesCesql(filter.expression, event, onCesqlError);
  }
}
