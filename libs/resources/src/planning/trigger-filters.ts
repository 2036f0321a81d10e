import type { DialectedFilter, Egress } from '@eventing-kafka/contract';
import { isFilterError, parseFilters } from '@eventing-kafka/filters';
import type { Trigger } from '../objects/resource-types.ts';
import type { ValuePath } from '../parsing/structural-schema.ts';
import { dialectedFilter } from './dialected-filters.ts';
import type { Outcome } from './outcome.ts';
import { failed, succeeded } from './outcome.ts';

/** What a Trigger wants, for the contract. */
export interface TriggerFilters {
  readonly filter: Egress['filter'];
  readonly dialectedFilter: readonly DialectedFilter[];
}

/** The filters of a Trigger, or what is wrong with one of them and where it is written. */
export function filtersOf(trigger: Trigger): Outcome<TriggerFilters> {
  const attributes = trigger.spec.filter?.attributes ?? {};
  const filters: TriggerFilters = {
    filter: Object.keys(attributes).length === 0 ? undefined : { attributes: { ...attributes } },
    dialectedFilter: (trigger.spec.filters ?? []).map(dialectedFilter),
  };
  try {
    parseFilters(filters);
    return succeeded(filters);
  } catch (error) {
    if (isFilterError(error)) {
      const path = userPath(error.path);
      return failed(`${path}: ${error.problem}`, valuePath(path));
    }
    throw error;
  }
}

/** A path in an egress as the path in the Trigger it came from: `dialectedFilter[0].cesql.expression` → `spec.filters[0].cesql`. */
function userPath(path: string): string {
  return path
    .replaceAll('.filters[', '[')
    .replace(/^dialectedFilter/, 'spec.filters')
    .replace(/^filter\b/, 'spec.filter')
    .replace(/\.not\.filter\b/g, '.not')
    .replace(/\.expression$/, '');
}

/** Names of dialects and attributes are letters and digits, a letter first: what is all digits is an index. */
function valuePath(text: string): ValuePath {
  return (text.match(/[^.[\]]+/g) ?? []).map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
