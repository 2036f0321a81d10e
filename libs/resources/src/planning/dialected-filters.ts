import type { DialectedFilter } from '@eventing-kafka/contract';
import type { FilterSpec } from '../objects/resource-types.ts';

/**
 * One filter of a Trigger as the contract has it: its one dialect, or all of them in a fixed order when it names several; a
 * filter that names none passes everything (control-plane 4.4).
 */
export function dialectedFilter(spec: FilterSpec): DialectedFilter {
  const filters = dialectsOf(spec);
  const [only, ...others] = filters;
  if (only === undefined) return { filter: undefined };
  return others.length === 0 ? only : { filter: { $case: 'all', value: { filters } } };
}

function dialectsOf(spec: FilterSpec): DialectedFilter[] {
  const dialects: DialectedFilter[] = [];
  const add = (filter: NonNullable<DialectedFilter['filter']>): void => void dialects.push({ filter });
  if (spec.all !== undefined) add({ $case: 'all', value: { filters: spec.all.map(dialectedFilter) } });
  if (spec.any !== undefined) add({ $case: 'any', value: { filters: spec.any.map(dialectedFilter) } });
  if (spec.not !== undefined) add({ $case: 'not', value: { filter: dialectedFilter(spec.not) } });
  if (spec.exact !== undefined) add({ $case: 'exact', value: { attributes: { ...spec.exact } } });
  if (spec.prefix !== undefined) add({ $case: 'prefix', value: { attributes: { ...spec.prefix } } });
  if (spec.suffix !== undefined) add({ $case: 'suffix', value: { attributes: { ...spec.suffix } } });
  if (spec.cesql !== undefined) add({ $case: 'cesql', value: { expression: spec.cesql } });
  return dialects;
}
