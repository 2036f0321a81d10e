import type { EventPolicy, FilterSpec, ObjectMetadata } from '../objects/resource-types.ts';
import { parseStatus } from './parse-status.ts';
import { eventPolicyFiltersSchema } from './resource-schemas.ts';
import { textsOf } from './object-metadata.ts';
import { sizeProblems } from './size-limits.ts';
import { isRecord, pruned, structuralProblems } from './structural-schema.ts';

/**
 * An EventPolicy as an API holds it (security 4.1). Whoever judges it says so in its status; what we could not apply as it is written is
 * not sound, whatever the status says, so that nobody gets in by it.
 */
export function eventPolicyOf(metadata: ObjectMetadata, document: unknown): EventPolicy {
  const { spec, status } = document as { spec?: unknown; status?: unknown };
  const fields = isRecord(spec) ? spec : {};
  const facts = isRecord(status) ? status : {};
  const { observedGeneration = 0, conditions = [] } = parseStatus(document) ?? {};
  const filters = fields['filters'] ?? [];
  const areFiltersGood =
    sizeProblems('EventPolicy', document).length === 0 &&
    structuralProblems(eventPolicyFiltersSchema, filters).every(({ severity }) => severity !== 'error');
  return {
    kind: 'EventPolicy',
    metadata,
    isSound: areFiltersGood,
    spec: {
      from: listOf(fields['from']).filter(isRecord).map(senderOf),
      to: listOf(fields['to']).filter(isRecord),
      filters: areFiltersGood ? (pruned(eventPolicyFiltersSchema, filters) as readonly FilterSpec[]) : [],
    },
    status: {
      from: listOf(facts['from']).filter((subject) => typeof subject === 'string'),
      ready: areFiltersGood && isReady(facts, metadata.generation),
      observedGeneration,
      conditions,
    },
  };
}

/** Admission sees to its shape; where there is none, what has another shape names nobody. */
function senderOf({ ref, sub }: Readonly<Record<string, unknown>>): EventPolicy['spec']['from'][number] {
  return {
    ...(typeof sub === 'string' ? { sub } : {}),
    ...(isRecord(ref) ? { ref: textsOf(ref) } : {}),
  };
}

/** Of its present generation: a policy that was just made stricter does not count with its former subjects. */
function isReady(status: Readonly<Record<string, unknown>>, generation: number): boolean {
  const { observedGeneration } = status;
  if (typeof observedGeneration === 'number' && observedGeneration !== generation) return false;
  return listOf(status['conditions']).some(
    (condition) => isRecord(condition) && condition['type'] === 'Ready' && condition['status'] === 'True',
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
