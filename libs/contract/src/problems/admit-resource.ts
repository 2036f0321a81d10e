import type { RefusedPart } from '../contract-update.ts';
import type { Egress, Resource } from '../generated/eventing_kafka/contract/v1/contract.ts';
import type { ContractProblem } from './problem.ts';
import { resourceProblems } from './resource-problems.ts';

/** What of a resource can be given to those that serve it. */
export interface AdmittedResource {
  /** Absent: nothing of it can be served. */
  readonly resource: Resource | undefined;
  /** What is not as wanted, with every problem. */
  readonly refused: readonly RefusedPart[];
}

/**
 * What of a wanted resource can be served. An egress with a problem is refused alone and stays as it was served before, if it was; a problem
 * anywhere else refuses the resource, which then stays as it was served before.
 *
 * @param served what was admitted last, if anything
 * @param problems with paths that begin within the resource; those of `resourceProblems` when absent
 */
export function admitResource(
  wanted: Resource,
  served: Resource | undefined,
  problems: readonly ContractProblem[] = resourceProblems(wanted),
): AdmittedResource {
  if (problems.length === 0) return { resource: wanted, refused: [] };
  const byEgress = new Map<number, ContractProblem[]>();
  for (const found of problems) {
    const index = /^egresses\[(\d+)\]/u.exec(found.path)?.[1];
    if (index === undefined) {
      return { resource: served, refused: [refusal(wanted, '', 'InvalidResource', problems)] };
    }
    const ofEgress = byEgress.get(Number(index)) ?? [];
    ofEgress.push(found);
    byEgress.set(Number(index), ofEgress);
  }
  const good = new Set(wanted.egresses.filter((_, index) => !byEgress.has(index)).map(({ uid }) => uid));
  const egresses = wanted.egresses.flatMap((egress, index) => {
    if (!byEgress.has(index)) return egress;
    return good.has(egress.uid) ? [] : servedEgress(served, egress.uid);
  });
  const refused = [...byEgress].map(([index, found]) =>
    refusal(wanted, wanted.egresses[index]?.uid ?? '', 'InvalidEgress', found),
  );
  return { resource: { ...wanted, egresses }, refused };
}

function servedEgress(served: Resource | undefined, uid: string): readonly Egress[] {
  const egress = served?.egresses.find((one) => one.uid === uid);
  return egress === undefined ? [] : [egress];
}

function refusal(
  { uid }: Resource,
  egressUid: string,
  reason: string,
  problems: readonly ContractProblem[],
): RefusedPart {
  const message = problems.map((found) => `${found.path} ${found.message}`).join('; ');
  return { resourceUid: uid, egressUid, reason, message };
}
